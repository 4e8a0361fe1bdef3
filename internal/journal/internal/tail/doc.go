// Package tail keeps the last records in memory, and hands new ones to those who follow.
//
// It knows that one level must not wash away another, and that a follower may be slow.
// It does not know who follows, nor where the records went.
package tail
