// Package socketunit is the socket units of a service: what systemd listens on for it,
// what their files say, and how one is made to listen on another port. Who is served on
// what it passes, it does not know.
package socketunit
