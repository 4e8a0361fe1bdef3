package gind

import (
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/logcontrol"
)

// serveLogControl has "systemctl service-log-level" and "service-log-target" work,
// where systemd runs the service. A successor takes the bus name over.
func (a *application) serveLogControl() {
	if !a.systemd().Enabled() {
		return
	}
	log := logcontrol.Log{
		Identifier: a.options.name,
		Level:      func() string { return journal.SyslogName(a.journal.Level()) },
		SetLevel:   a.setLogLevel,
		Target:     func() string { return systemdTarget(a.journal.Target()) },
		SetTarget:  a.setLogTarget,
	}
	go logcontrol.Serve(a.life, logcontrol.Name(a.options.name), log, func(err error) {
		a.log.Debug("the log cannot be controlled over D-Bus", "error", err)
	})
}

func (a *application) setLogLevel(name string) error {
	level, err := journal.ParseLevel(name)
	if err == nil {
		a.journal.SetLevel(level)
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

func (a *application) setLogTarget(name string) error {
	if name == console {
		return a.journal.SetTarget(journal.Text)
	}
	target, err := journal.ParseTarget(name)
	if err != nil {
		return err
	}
	return a.journal.SetTarget(target)
}
