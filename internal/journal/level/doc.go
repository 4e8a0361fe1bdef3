// Package level is the levels of records: slog's four, and those that syslog has besides.
//
// It knows their order, their names and the priorities that journald files them
// under. It does not know what is logged, nor where to.
package level
