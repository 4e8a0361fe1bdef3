// Package trial is which program a start of a service runs. A link outside the package's
// files says so, and is switched to a new program when that has outlived its trial:
// until then a crash has the service manager start the program before. It knows the
// link, the record of a trial, and to whom a program has to belong; how one process
// follows another, and who is told, it does not.
package trial
