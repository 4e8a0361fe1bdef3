// Package logcontrol lets an operator ask for and change what a running service
// logs, with systemd's own commands: it is org.freedesktop.LogControl1 on the
// system bus (org.freedesktop.LogControl1(5)).
//
//	systemctl service-log-level gind debug
//	systemctl service-log-target gind console
//
// For that the unit names the bus name (BusName=), and a policy file lets the
// service own it. Where there is no bus, or it does not give the name, the service
// is as it was without this.
package logcontrol

import "strings"

// Log is what is controlled. The functions are called from any goroutine.
type Log struct {
	// Identifier is what "journalctl -t" finds the records by.
	Identifier string

	// Level and Target say what is in force: a level as syslog calls it (emerg,
	// alert, crit, err, warning, notice, info, debug) and such as journal or console.
	Level, Target func() string

	// SetLevel and SetTarget change it. What they refuse, the caller is told.
	SetLevel, SetTarget func(string) error
}

// Name is the bus name of a service: that of the project, and the service's with
// an underscore for each character that a bus name has not.
func Name(service string) string {
	return "io.github.gind." + strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, service)
}
