package entry

import (
	"encoding/json"
	"testing"

	"github.com/gind/gind/internal/config/document"
)

// What "--json" and the control socket show is relied upon by others.
func TestJSONOfEntriesAndChanges(t *testing.T) {
	shown := Entry{Key: "log.level", Value: "debug", Origin: document.Place{Source: "/etc/gind/gind.yaml", Line: 3, Column: 5}, Live: true, Secrets: 7}
	for _, c := range []struct {
		value any
		want  string
	}{
		{shown, `{"key":"log.level","value":"debug","origin":"/etc/gind/gind.yaml:3:5","default":false}`},
		{Entry{Key: "a", Value: "1", Origin: document.DefaultPlace}, `{"key":"a","value":"1","origin":"default","default":true}`},
		{Change{Key: "log.level", New: "debug", Live: true}, `{"key":"log.level","old":"","new":"debug","live":true}`},
	} {
		if text, err := json.Marshal(c.value); err != nil || string(text) != c.want {
			t.Errorf("%T is %s (%v), want %s", c.value, text, err, c.want)
		}
	}
	var again Entry
	text, _ := json.Marshal(shown)
	if err := json.Unmarshal(text, &again); err != nil || again.Origin.String() != shown.Origin.String() || again.Default() {
		t.Errorf("read back, an entry is %+v (%v)", again, err)
	}
}

func TestChangesAreALine(t *testing.T) {
	for want, c := range map[string]Change{
		"log.level: info → debug":              {Key: "log.level", Old: "info", New: "debug", Live: true},
		"a: none → 1 (needs a restart)":        {Key: "a", New: "1"},
		"listeners.b.address: :80 → none":      {Key: "listeners.b.address", Old: ":80", Live: true},
		"token: none → none (needs a restart)": {Key: "token"},
	} {
		if got := c.Report(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
