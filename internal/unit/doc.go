// Package unit is what systemd, or Windows' service manager, is told of a service while
// this process is its main one, and how another process becomes that. It knows the order of the
// messages that go together; what they are made of, packages sdnotify and winsvc know, and
// when they are due, whoever calls.
package unit
