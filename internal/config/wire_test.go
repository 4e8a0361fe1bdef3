package config

import (
	"encoding/json"
	"testing"
)

// What "--json" and the control socket show is relied upon by others.
func TestJSONIsWhatItWas(t *testing.T) {
	entry := Entry{Key: "log.level", Value: "debug", Origin: Place{Source: "/etc/gind/gind.yaml", Line: 3, Column: 5}, Live: true, Secrets: 7}
	change := Change{Key: "log.level", New: "debug", Live: true}
	for _, c := range []struct {
		value any
		want  string
	}{
		{entry, `{"key":"log.level","value":"debug","origin":"/etc/gind/gind.yaml:3:5","default":false}`},
		{Entry{Key: "a", Value: "1", Origin: defaultPlace}, `{"key":"a","value":"1","origin":"default","default":true}`},
		{change, `{"key":"log.level","old":"","new":"debug","live":true}`},
		{&Mistake{Place: Place{Source: "x.yaml", Line: 1, Column: 2}, Key: "a.b", Text: "no"}, `{"file":"x.yaml","line":1,"column":2,"key":"a.b","text":"no"}`},
		{&Mistake{Text: "no"}, `{"text":"no"}`},
		{&Version{Number: 2, Who: "start", Changes: []Change{}},
			`{"number":2,"time":"0001-01-01T00:00:00Z","who":"start","files":null,"sha256":"","good":false,"changes":[]}`},
		{(&Version{Number: 2, Who: "start", Changes: []Change{change}, Entries: []Entry{entry}}).file(),
			`{"time":"0001-01-01T00:00:00Z","who":"start","sha256":"","changes":[{"key":"log.level","new":"debug","live":true}],` +
				`"entries":[{"key":"log.level","value":"debug","origin":{"source":"/etc/gind/gind.yaml","line":3,"column":5},"live":true}]}`},
	} {
		if text, err := json.Marshal(c.value); err != nil || string(text) != c.want {
			t.Errorf("%T is %s (%v), want %s", c.value, text, err, c.want)
		}
	}
	var again Entry
	text, _ := json.Marshal(entry)
	if err := json.Unmarshal(text, &again); err != nil || again.Origin.String() != entry.Origin.String() || again.Default() {
		t.Errorf("read back, an entry is %+v (%v)", again, err)
	}
}
