// Package ring is a queue of byte strings that many put into, without waiting for
// each other, and one takes out of. It may lie in a file that is mapped into the
// process, so that the next process finds what this one had not handed on.
//
// It knows memory, files and their locks. It does not know what the strings are, nor
// which of them are worth the room.
package ring
