package site

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind"
	"github.com/gind/gind/status"
)

// view is what the page shows, and what /status.json tells its script. Times
// are durations, so that the browser's clock does not matter.
type view struct {
	Name    string `json:"name"`
	Version string `json:"version"`

	// Tone is good, busy or bad: the colour of State.
	Tone    string `json:"tone"`
	State   string `json:"state"`
	Summary string `json:"summary"`

	Uptime   string      `json:"uptime"`
	Rate     string      `json:"rate"`       // requests per second
	PerSec   float64     `json:"per_second"` // the same, for the curve
	InFlight string      `json:"in_flight"`
	Total    string      `json:"total"`
	Config   string      `json:"config"`
	Checks   []checkView `json:"checks"`
}

type checkView struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	OK      bool   `json:"ok"`
	Verdict string `json:"verdict"`
	Error   string `json:"error,omitempty"`
	Latency string `json:"latency,omitempty"`
}

func viewOf(s gind.Status, now time.Time) view {
	v := view{
		Name:     s.Name,
		Version:  s.Version,
		Uptime:   age(now.Sub(s.Started)),
		Rate:     rate(s.Requests.PerSecond),
		PerSec:   s.Requests.PerSecond,
		InFlight: count(max(s.Requests.InFlight, 0)),
		Total:    count(int64(s.Requests.Total)), //nolint:gosec // not in the life of a process
		Config:   "version " + strconv.Itoa(s.Config.Version),
		Checks:   []checkView{},
	}
	failing := 0
	for _, c := range s.Checks {
		v.Checks = append(v.Checks, viewOfCheck(c, now))
		if !c.OK {
			failing++
		}
	}
	v.Tone, v.State, v.Summary = describe(s.State, failing, len(s.Checks))
	return v
}

func viewOfCheck(c status.Check, now time.Time) checkView {
	v := checkView{Name: c.Name, Kind: c.Kind, OK: c.OK, Verdict: "passing", Error: c.Error}
	if !c.OK {
		v.Verdict = "failing"
	}
	if !c.Since.IsZero() {
		v.Verdict += " for " + age(now.Sub(c.Since))
	}
	if c.LatencySeconds > 0 {
		v.Latency = latency(time.Duration(c.LatencySeconds * float64(time.Second)))
	}
	return v
}

// describe says in words what the state of the lifecycle and the checks amount to.
func describe(state string, failing, checks int) (tone, title, summary string) {
	switch {
	case state == "draining" || state == "stopped":
		return "busy", "Draining", "Finishing what is in flight. New traffic belongs elsewhere."
	case failing == 1:
		return "bad", "Not ready", "One health check fails."
	case failing > 1:
		return "bad", "Not ready", fmt.Sprintf("%d of %d health checks fail.", failing, checks)
	case state == "starting":
		return "busy", "Starting", "Not everything is in place yet."
	case state == "reloading":
		return "busy", "Reloading", "Serving, while a new configuration is read."
	case checks > 0:
		return "good", "Ready", "Serving, and every health check passes."
	}
	return "good", "Ready", "Serving requests."
}

// age writes a duration in its two largest units, as people say it: 3 d 4 h,
// 6 h, 2 min 5 s.
func age(d time.Duration) string {
	left := int(max(d, 0).Seconds())
	units := []struct {
		seconds int
		name    string
	}{{24 * 60 * 60, "d"}, {60 * 60, "h"}, {60, "min"}, {1, "s"}}
	for i, unit := range units {
		n := left / unit.seconds
		if n == 0 && unit.seconds > 1 {
			continue
		}
		text := fmt.Sprintf("%d %s", n, unit.name)
		if i+1 < len(units) {
			if rest := left % unit.seconds / units[i+1].seconds; rest > 0 {
				text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return text
	}
	return ""
}

func rate(perSecond float64) string {
	if perSecond < 9.95 {
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	}
	return count(int64(perSecond + 0.5))
}

func latency(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// count groups the figures of n by threes: 12,345,678.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	var grouped strings.Builder
	for i, figure := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			grouped.WriteByte(',')
		}
		grouped.WriteRune(figure)
	}
	return grouped.String()
}
