// Package checks has the checks of one service: those that the config names, the
// application's, and that of the log. It knows how each is made of its keys, how a
// reload changes them, and what is logged of a verdict; how checks are run, package
// health knows, and what is asked, package health/probe.
package checks
