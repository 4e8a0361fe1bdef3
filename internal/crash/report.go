package crash

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is how a process ended.
type Kind string

// The kinds of ends.
const (
	Panic    Kind = "panic"       // nobody recovered it
	Fatal    Kind = "fatal error" // the runtime gave up: a concurrent map write, no memory, a stack overflow
	Aborted  Kind = "aborted"     // a signal of a kind that dumps: the watchdog's SIGABRT, SIGSEGV
	Killed   Kind = "killed"      // without a word: SIGKILL, out of memory, a power cut
	Survived Kind = "survived"    // something was noticed, and the process went on
)

// Report is what is known of one crash.
type Report struct {
	// Number counts reports, from 1. Path is the file.
	Number int    `json:"number"`
	Path   string `json:"path"`

	Service string    `json:"service"`
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Ended is when the process last wrote something, or was last known to live.
	Ended time.Time `json:"ended"`

	Kind Kind `json:"kind"`
	// Reason in one line: the runtime's own words, or what was noticed before.
	Reason string `json:"reason"`
	// Place is the line of the program that is to blame, as far as stacks tell:
	// "main.go:12 main.work"; empty if none does.
	Place string `json:"place,omitempty"`
}

// String is "fatal error: concurrent map writes, at main.go:12 main.work".
func (r Report) String() string {
	text := r.Reason
	if r.Place != "" {
		text += ", at " + r.Place
	}
	return text
}

const magic = "gind-crash: 1"

// head is the begin of a report's file, up to an empty line.
func (r Report) head() string {
	var b strings.Builder
	b.WriteString(magic + "\n")
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, oneLine(value))
		}
	}
	line("service", r.Service)
	line("version", r.Version)
	line("pid", strconv.Itoa(r.PID))
	line("started", r.Started.Format(time.RFC3339Nano))
	if !r.Ended.IsZero() {
		line("ended", r.Ended.Format(time.RFC3339Nano))
	}
	line("kind", string(r.Kind))
	line("reason", r.Reason)
	line("place", r.Place)
	b.WriteString("\n")
	return b.String()
}

// parseHead reads it. What it does not know it passes over.
func parseHead(text string) (r Report, body string) {
	head, body, _ := strings.Cut(text, "\n\n")
	if !strings.HasPrefix(head, magic) {
		return r, text
	}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		switch name {
		case "service":
			r.Service = value
		case "version":
			r.Version = value
		case "pid":
			r.PID, _ = strconv.Atoi(value)
		case "started":
			r.Started, _ = time.Parse(time.RFC3339Nano, value)
		case "ended":
			r.Ended, _ = time.Parse(time.RFC3339Nano, value)
		case "kind":
			r.Kind = Kind(value)
		case "reason":
			r.Reason = value
		case "place":
			r.Place = value
		}
	}
	return r, body
}
