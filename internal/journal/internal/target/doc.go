// Package target is the places that records may go to first, and the one that an
// operator would look in.
//
// It knows what systemd, a terminal and a container look like from inside a process.
// It does not know how records get there.
package target
