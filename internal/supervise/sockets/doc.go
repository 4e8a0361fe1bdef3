// Package sockets keeps the listening sockets of a program: opened once, passed to
// each of its processes, and given a twin for the time in which one process takes
// over from another.
//
// The package does not know the program, nor when its processes come and go.
package sockets
