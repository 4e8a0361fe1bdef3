// Package line is records as lines: JSON and logfmt for files, text for people, and
// the way back.
//
// It knows what stands in a line and in which order, and how lines of files and of
// memory are put together. It does not know the files, nor who has the record besides.
package line
