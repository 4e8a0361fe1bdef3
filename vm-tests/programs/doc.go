// Package programs has the programs that the tests install on machines, one a
// folder, and builds them. A program is built into build/vm-tests at the top of
// the tree, where it stays: all packages of tests share it, and the next run
// builds it anew only when its source has changed.
package programs
