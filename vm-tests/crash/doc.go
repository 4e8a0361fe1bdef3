// Package crash keeps the promise that a service that crashes, hangs, leaks or is
// killed is restarted, and its next process names the line to blame; that one
// that cannot start is tried again, ever more rarely; and that somebody is told, once.
package crash
