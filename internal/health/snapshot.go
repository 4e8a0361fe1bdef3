package health

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// snapshot is an immutable view of all verdicts.
type snapshot struct {
	verdicts []Verdict
	failed   [kinds]bool
}

func newSnapshot(states []*state, draining time.Time) *snapshot {
	snap := &snapshot{verdicts: make([]Verdict, 0, len(states)+1)}
	for _, s := range states {
		snap.add(s.verdict)
	}
	if !draining.IsZero() {
		snap.add(Verdict{Name: shutdown, Kind: Ready, Err: "the service is shutting down", Since: draining, LastRun: draining})
	}
	return snap
}

func (s *snapshot) add(v Verdict) {
	s.verdicts = append(s.verdicts, v)
	s.failed[v.Kind] = s.failed[v.Kind] || !v.OK
}

func (s *snapshot) of(kinds []Kind) []Verdict {
	if len(kinds) == 0 {
		return slices.Clone(s.verdicts)
	}
	selected := make([]Verdict, 0, len(s.verdicts))
	for _, v := range s.verdicts {
		if slices.Contains(kinds, v.Kind) {
			selected = append(selected, v)
		}
	}
	return selected
}

func (s *snapshot) healthy(kinds []Kind) bool {
	if len(kinds) == 0 {
		kinds = []Kind{Ready, Live}
	}
	return !slices.ContainsFunc(kinds, func(k Kind) bool { return s.failed[k] })
}

// NotReadyError says which ready-checks never passed.
type NotReadyError struct {
	// Pending are those checks, each with its last error.
	Pending []Verdict

	cause error
}

// Error names the checks with their last errors.
func (e *NotReadyError) Error() string {
	texts := make([]string, len(e.Pending))
	for i, v := range e.Pending {
		texts[i] = v.String()
	}
	return fmt.Sprintf("health: not ready: %s (%v)", strings.Join(texts, "; "), e.cause)
}

// Unwrap returns why the wait ended, such as [context.DeadlineExceeded].
func (e *NotReadyError) Unwrap() error {
	return e.cause
}
