// Package notify knows what a program says of itself by sd_notify(3), and hears it
// on a socket for each of its runs.
//
// The package does not know what is done about it.
package notify
