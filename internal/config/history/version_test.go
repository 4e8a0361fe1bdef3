package history

import (
	"encoding/json"
	"testing"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
)

// Files of an earlier release are read, and what "--json" shows is relied upon.
func TestJSONOfVersions(t *testing.T) {
	shown := &Version{Number: 2, Who: "start", Changes: []entry.Change{}}
	kept := &Version{
		Who:     "start",
		Changes: []entry.Change{{Key: "log.level", New: "debug", Live: true}},
		Entries: []entry.Entry{{Key: "log.level", Value: "debug", Origin: document.Place{Source: "/etc/gind/gind.yaml", Line: 3, Column: 5}, Live: true, Secrets: 7}},
	}
	for want, value := range map[string]any{
		`{"number":2,"time":"0001-01-01T00:00:00Z","who":"start","files":null,"sha256":"","good":false,"changes":[]}`: shown,
		`{"time":"0001-01-01T00:00:00Z","who":"start","sha256":"","changes":[{"key":"log.level","new":"debug","live":true}],` +
			`"entries":[{"key":"log.level","value":"debug","origin":{"source":"/etc/gind/gind.yaml","line":3,"column":5},"live":true}]}`: kept.file(),
	} {
		if text, err := json.Marshal(value); err != nil || string(text) != want {
			t.Errorf("%T is %s (%v), want %s", value, text, err, want)
		}
	}
}
