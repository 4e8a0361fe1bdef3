// Package config keeps the promise that a bad config never replaces a good one,
// and that the reason is told with its place where the operator is looking; that
// a reload is in force at once, on open connections too, or is taken back; and
// that no secret of the config is ever shown.
package config
