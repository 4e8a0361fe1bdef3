// Package journald hands records to systemd-journald.
//
// It knows the native protocol, the names of its fields, the socket, and which of the
// records that the socket took journald may not have read. It does not know what
// becomes of those, nor of the ones that it does not take.
package journald
