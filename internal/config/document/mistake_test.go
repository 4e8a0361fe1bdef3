package document

import (
	"encoding/json"
	"testing"
)

// What "--json" and the control socket show is relied upon by others.
func TestJSONOfMistakes(t *testing.T) {
	for want, m := range map[string]*Mistake{
		`{"file":"x.yaml","line":1,"column":2,"key":"a.b","text":"no"}`: {Place: Place{Source: "x.yaml", Line: 1, Column: 2}, Key: "a.b", Text: "no"},
		`{"text":"no"}`: {Text: "no"},
	} {
		if text, err := json.Marshal(m); err != nil || string(text) != want {
			t.Errorf("%+v is %s (%v), want %s", m, text, err, want)
		}
	}
}
