// Package attempts knows which starts of a service have failed in a row: each process
// leaves a record of its start in the folder that outlives it, and takes it away once it
// has been healthy for a while, or ends well. The next process finds what is left, and
// waits before it tries again, the longer the more have failed. When somebody is told of
// a crash loop is known here; how, is not.
package attempts
