// Package stream hands records to standard error as lines, for people or for a
// container's log.
//
// It knows that a pipe may be read slowly, or by nobody any more. It does not know the
// format, nor what becomes of a record that does not fit.
package stream
