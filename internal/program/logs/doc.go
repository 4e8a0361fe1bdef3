// Package logs prints what a service has logged: out of its files, and if it runs out of
// its memory. It knows how the two make one, and how one process is followed by the next;
// the form of a file and of a line, package journal knows.
package logs
