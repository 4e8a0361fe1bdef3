package health

import (
	"strings"
	"time"
	"unicode"
)

// shutdown is the name of the verdict that stands for the drain, as in Kubernetes.
const shutdown = "shutdown"

// maxError is the longest error text that is kept, in bytes.
const maxError = 512

// Verdict is what is known of one check.
type Verdict struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`

	// OK is the verdict, Fall and Rise taken into account.
	OK bool `json:"ok"`

	// Err is the text of the last run's error, on one line, empty after a
	// pass. It can be set while OK is still true, before Fall is reached.
	Err string `json:"error,omitempty"`

	// Latency of the last run, up to when it returned or timed out; for one
	// that hangs, its age. In JSON it is in nanoseconds.
	Latency time.Duration `json:"latency"`

	// Since is when OK became what it is.
	Since time.Time `json:"since"`

	// LastRun is when the last run began; zero before the first.
	LastRun time.Time `json:"last_run,omitzero"`

	// Runs and Failures are totals, for counters.
	Runs     uint64 `json:"runs"`
	Failures uint64 `json:"failures"`

	// Changes is how often OnChange was told.
	Changes uint64 `json:"changes"`
}

// String is a line such as "database: failed: connection refused".
func (v Verdict) String() string {
	switch {
	case v.OK:
		return v.Name + ": ok"
	case v.Err == "":
		return v.Name + ": failed"
	}
	return v.Name + ": failed: " + v.Err
}

// oneLine makes an error's text fit for a log field and a line of "?verbose".
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.TrimSpace(text)
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError-len("…")], "") + "…"
	}
	return text
}
