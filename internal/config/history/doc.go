// Package history keeps the configurations that were in force, one file a
// version, with which of them the service was well with and which one a rollback
// holds in force. It loses nothing that it has kept, at whatever instant the
// process or the machine stops.
//
// The package does not know how a configuration is read or checked, nor when one
// is put in force.
package history
