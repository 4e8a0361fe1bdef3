// Package unit is what systemd is told of a service while this process is its
// main one, and how another process becomes that. It knows the order of the
// messages that go together; what they are made of, package sdnotify knows, and
// when they are due, whoever calls.
package unit
