package wiring

import (
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/logcontrol"
)

// LogControl has "systemctl service-log-level" and "service-log-target" change a
// service's log.
func LogControl(service string, j *journal.Journal) logcontrol.Log {
	return logcontrol.Log{
		Identifier: service,
		Level:      func() string { return journal.SyslogName(j.Level()) },
		SetLevel:   func(name string) error { return setLevel(j, name) },
		Target:     func() string { return systemdTarget(j.Target()) },
		SetTarget:  func(name string) error { return setTarget(j, name) },
	}
}

func setLevel(j *journal.Journal, name string) error {
	level, err := journal.ParseLevel(name)
	if err == nil {
		j.SetLevel(level)
	}
	return err
}

// console is what systemd calls standard error.
const console = "console"

func systemdTarget(t journal.Target) string {
	if t == journal.Journald {
		return t.String()
	}
	return console
}

func setTarget(j *journal.Journal, name string) error {
	if name == console {
		return j.SetTarget(journal.Text)
	}
	target, err := journal.ParseTarget(name)
	if err != nil {
		return err
	}
	return j.SetTarget(target)
}
