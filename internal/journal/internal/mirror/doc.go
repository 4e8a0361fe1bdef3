// Package mirror is the per-level files: written, rotated, compressed, deleted when
// there are too many, and read back.
//
// It knows the files, the disk under them and the other processes that write them. It
// does not know why a record stands there, nor who is told that it cannot be written.
package mirror
