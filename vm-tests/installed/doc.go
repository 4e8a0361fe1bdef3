// Package installed is a machine on which one of gind's packages is installed:
// with the program that is in it, or with testapp in that one's place. It knows
// where the packages come from, and what an installation leaves running.
package installed
