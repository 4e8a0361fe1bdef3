package level

import (
	"log/slog"
	"strings"
	"testing"
)

func TestLevelsAreReadByTheirNames(t *testing.T) {
	last := slog.Level(-100)
	for i, name := range []string{"debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"} {
		l, err := Parse(strings.ToUpper(name) + " ")
		if err != nil || Name(l) != name || Priority(l) != 7-i || l <= last {
			t.Errorf("%s: %v, %v", name, l, err)
		}
		last = l
	}
	for alias, name := range map[string]string{"warning": "warn", "err": "error", "panic": "emerg"} {
		if l, err := Parse(alias); err != nil || Name(l) != name {
			t.Errorf("%s: %v, %v", alias, l, err)
		}
	}
	if SyslogName(slog.LevelError) != "err" || SyslogName(slog.LevelWarn) != "warning" || SyslogName(Crit) != "crit" {
		t.Error("syslog's names")
	}
	if _, err := Parse("loud"); err == nil || !strings.Contains(err.Error(), `"loud"`) {
		t.Errorf("%v", err)
	}
	if Name(-100) != "debug" || Priority(100) != 0 || Name(slog.LevelWarn+1) != "warn" {
		t.Error("levels between the names")
	}
}
