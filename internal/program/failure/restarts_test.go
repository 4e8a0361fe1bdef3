package failure

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outlasted is the report on a unit that has these states, one after another, and is in a
// crash loop from the second look on.
func outlasted(t *testing.T, states ...string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TRIGGER_PATH", filepath.Join(dir, "crash-loop"))
	for _, name := range []string{"MONITOR_SERVICE_RESULT", "MONITOR_EXIT_CODE", "MONITOR_EXIT_STATUS"} {
		t.Setenv(name, "of the first failure")
	}
	looks := 0
	c := call{Service{Name: "shop"}, "shop.service", nil, func(context.Context, string) string {
		if looks++; looks == 1 {
			write(t, dir, "crash-loop", "")
			write(t, dir, "starts", `{"looping": true, "failed": 5, "last": "no database"}`)
		}
		return states[min(looks, len(states))-1]
	}}
	report, err := c.outlast(t.Context(), false)
	if err != nil || looks != len(states) {
		t.Errorf("%v: after %d looks: %v", states, looks, err)
	}
	if now, left := os.LookupEnv("MONITOR_SERVICE_RESULT"); left && len(states) > 1 {
		t.Errorf("%v: it goes by what systemd said %s", states, now)
	}
	return report
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnAlertStaysUntilItIsKnownHowRestartsEnd: each but the first finds it running.
func TestAnAlertStaysUntilItIsKnownHowRestartsEnd(t *testing.T) {
	const loop, failed = " is in a crash loop: 5 starts have failed", " has failed ("
	for _, c := range []struct {
		states []string
		want   []string // in the report
		not    string
	}{
		{[]string{"failed"}, []string{failed}, loop},
		{[]string{"activating", "deactivating", "failed"}, []string{loop, failed}, "again"},
		{[]string{"activating", "activating", "active"}, []string{loop, "has been started again"}, failed},
		{[]string{"activating", "inactive"}, []string{loop, "has been stopped"}, failed},
		{[]string{"active"}, []string{"has been started again"}, "told"},
	} {
		report := outlasted(t, c.states...)
		for _, want := range c.want {
			if strings.Count(report, want) != 1 {
				t.Errorf("%v: %q is not once in\n%s", c.states, want, report)
			}
		}
		if strings.Contains(report, c.not) {
			t.Errorf("%v: %q is in\n%s", c.states, c.not, report)
		}
	}
}
