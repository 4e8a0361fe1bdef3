package handoff

import "fmt"

// Answer is what a process was answered to a request that it made to itself,
// through all that its clients' requests go through.
type Answer struct {
	Status int    // of HTTP
	Text   string // what it was, in a line
}

// String implements fmt.Stringer.
func (a Answer) String() string {
	if a.Text != "" {
		return a.Text
	}
	return fmt.Sprintf("status %d", a.Status)
}

// Failed reports whether it says that the server can't (5xx).
func (a Answer) Failed() bool { return a.Status >= 500 }
