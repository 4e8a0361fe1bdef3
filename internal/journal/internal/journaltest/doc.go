// Package journaltest is what the tests of several rooms of the journal need: a
// journald that is played by the test, records to log, files to look into.
//
// It knows packed records and journald's protocol as journald reads it. It does not
// know the rooms that are tested.
package journaltest
