// Package failure finds out why a unit has failed, and tells those whom its config names.
// It asks systemd, the journal and the reports of crashes; how somebody is told, package
// alert knows.
package failure
