package restart

import "testing"

func TestARestartThatWasNoneIsNoticed(t *testing.T) {
	replaced := contender{label: "replaced"}
	master := contender{label: "master and worker", stays: 1}
	for name, test := range map[string]struct {
		contender     contender
		before, after []string
		ok            bool
	}{
		"another process":      {replaced, []string{"10"}, []string{"11"}, true},
		"the same process":     {replaced, []string{"10"}, []string{"10"}, false},
		"the old one lingers":  {replaced, []string{"10"}, []string{"10", "11"}, false},
		"another worker":       {master, []string{"1", "10"}, []string{"1", "11"}, true},
		"the same worker":      {master, []string{"1", "10"}, []string{"1", "10"}, false},
		"another master":       {master, []string{"1", "10"}, []string{"2", "11"}, false},
		"nothing runs anymore": {master, []string{"1", "10"}, nil, false},
	} {
		if err := restarted(test.contender, test.before, test.after); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := restarted(replaced, []string{"10"}, nil); err == nil {
		t.Error("nothing runs anymore: no error")
	}
}
