package orders

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/status"
)

// Describe is a status for people.
func Describe(s status.Status) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line(s.Name, "%s, pid %d, %s for %s", s.Version, s.PID, s.State, age(s.Since))
	line("status", "%s", s.Line)
	line("config", "version %d since %s, by %s", s.Config.Version, s.Config.Time.Local().Format(time.DateTime), s.Config.Who)
	if s.Config.Pinned > 0 {
		line("", "%s", pinnedText(s.Config.Pinned))
	}
	if s.Config.Instead != "" {
		line("", "an earlier version is used: %s", s.Config.Instead)
	}
	if s.Config.Unwatched != "" {
		line("", "the files are not watched: %s", s.Config.Unwatched)
	}
	for _, file := range s.Config.Files {
		line("", "%s", file)
	}
	line("requests", "%d done, %d in flight, %.1f/s", s.Requests.Total, s.Requests.InFlight, s.Requests.PerSecond)
	for _, l := range s.Listeners {
		line("listener", "%s", describeListener(l))
	}
	if c := s.Crashes; c != nil {
		line("crashes", "%d, the last on %s: %s", c.Total, c.Time.Local().Format(time.DateTime), c.Last)
	}
	if f := s.Starts; f != nil {
		line("starts", "%d have failed before this one since %s, the last: %s", f.Failed, f.Since.Local().Format(time.DateTime), f.Last)
	}
	if u := s.Upgrade; u != nil {
		line("upgrade", "failed on %s, by %s: %s", u.Time.Local().Format(time.DateTime), u.Who, u.Error)
	}
	if s.Running != "" {
		line("program", "%s", s.Running)
	}
	if t := s.Trial; t != nil {
		line("", "on trial until %s: a crash before that starts %s", t.Until.Local().Format(time.TimeOnly), t.Before)
	}
	if p := s.Program; p != nil {
		line("", "%s", describeProgram(*p))
	}
	for _, text := range s.Lacks {
		line("unit", "%s", text)
	}
	for _, c := range s.Checks {
		line("check", "%s", describeCheck(c))
	}
	for _, text := range describeLog(s.Journal) {
		line("log", "%s", text)
	}
	return b.String()
}

func describeListener(l status.Listener) string {
	text := l.Name + " on " + l.Address
	if l.TLS {
		text += ", TLS"
	}
	if l.Activated {
		text += ", from systemd"
	}
	if l.Overruled != "" {
		text += ", which counts instead of the config's " + l.Overruled
	}
	return text
}

func describeProgram(p status.Program) string {
	if p.Missing {
		return p.Path + " is missing: what runs can't be restarted"
	}
	return p.Path + " is another than the one that runs, until an upgrade or a restart"
}

func describeCheck(c status.Check) string {
	verdict := "ok"
	if !c.OK {
		verdict = "failed: " + c.Error
	}
	return fmt.Sprintf("%s (%s) %s, for %s, took %s", c.Name, c.Kind, verdict, age(c.Since),
		time.Duration(c.LatencySeconds*float64(time.Second)).Round(10*time.Microsecond))
}

func age(since time.Time) time.Duration { return time.Since(since).Round(time.Second) }

// pinnedText says what a rollback means for the files.
func pinnedText(version int) string {
	return fmt.Sprintf("version %d is held in force by a rollback, until the files change or \"config rollback --release\"", version)
}

// describeLog is the state of the log for people.
func describeLog(stats map[string]any) []string {
	s, ok := LogStats(stats)
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

// LogStats is what a status says of the log, unless it is of another version.
func LogStats(stats map[string]any) (s journal.Stats, ok bool) {
	text, err := json.Marshal(stats)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err == nil && s.Target != ""
}
