// Package report is what a service says of itself: its status, the line of "systemctl
// status", its metrics. It only reads, from functions that it is handed; what it tells
// of, other rooms know.
package report
