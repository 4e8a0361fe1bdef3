package gind

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
)

// logCheckInterval is how soon the check sees what the log has noticed.
const logCheckInterval = 2 * time.Second

// checkLog adds the check "log". A journal or a disk that takes no records is for
// an operator to mend: the service needs neither to serve.
func (a *application) checkLog() error {
	return a.checks.Add(health.Check{
		Name:     "log",
		Kind:     health.Advisory,
		Interval: logCheckInterval,
		Probe:    func(context.Context) error { return a.journal.Err() },
	})
}

// describeLog is the state of the log for people.
func describeLog(stats map[string]any) []string {
	s, ok := logStats(stats)
	if !ok {
		return nil
	}
	target := fmt.Sprintf("%s and worse to %s, which takes them", s.Level, s.Target)
	if s.State != journal.StateOK {
		target = fmt.Sprintf("%s and worse to %s, which is %s for %s", s.Level, s.Target, s.State, age(s.Since))
	}
	lines := []string{target,
		fmt.Sprintf("%d records sent, %d spilled, %d governed, %d lost", s.Sent, s.Spilled, s.Governed, s.Lost)}
	if s.Mirror.Dir != "" {
		lines = append(lines, fmt.Sprintf("files in %s (%s), %d lines written", s.Mirror.Dir, s.Mirror.Mode, s.Mirrored))
	}
	return lines
}

// logStats is what a status says of the log, unless it is of another version.
func logStats(stats map[string]any) (s journal.Stats, ok bool) {
	text, err := json.Marshal(stats)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err == nil && s.Target != ""
}
