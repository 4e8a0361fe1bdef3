// Package reload has the config of a service that is in force, and puts another in its
// place: one that is asked for, one whose files have changed, an earlier one, and the
// last good one when the new does not stand its trial. It knows when the config may
// change and what is told of it; what a key is for, and who takes a change in, it does
// not know: those are the subscribers of the store.
package reload
