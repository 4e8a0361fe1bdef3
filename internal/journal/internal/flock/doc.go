// Package flock is what processes that share files say to each other by them:
// locks, which end with whoever has them, and that a file has no name any more.
//
// It knows flock(2). It does not know what the files are for.
package flock
