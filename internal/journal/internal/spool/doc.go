// Package spool stands between those who must not wait and a file that makes one
// wait: a full pipe, a slow disk, a dead server.
//
// It knows how much waits in memory, what is written and what is not, and whether
// writing fails or hangs. It does not know the file, nor what is to become of a record
// that it has no room for.
package spool
