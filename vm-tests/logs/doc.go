// Package logs keeps the promise that logging never blocks a request and never
// loses an error, whatever becomes of journald, of the disk or of the process; and
// that journalctl, systemctl and "gind logs" show what was logged, at its level.
package logs
