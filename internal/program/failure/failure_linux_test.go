package failure

import "testing"

func TestAnAlertOfAHealthyUnitIsATest(t *testing.T) {
	for _, test := range []struct {
		state, result, monitored string
		want                     bool
	}{
		{"active", "success", "", true},
		{"inactive", "success", "", true},
		{"failed", "exit-code", "", false},
		{"activating", "success", "", false}, // it waits for its next start
		{"active", "success", "exit-code", false},
		{"", "", "", false}, // systemd was not asked
	} {
		if got := isTest(test.state, test.result, test.monitored); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
