// Package beacon wakes those who wait for something to have happened.
//
// It knows who waits, and for how long at most. It does not know what for.
package beacon
