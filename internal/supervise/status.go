package supervise

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// State is what a program is doing.
type State string

// The states.
const (
	Starting  State = "starting"  // it runs, and is not ready yet
	Running   State = "running"   // it runs, and is ready
	Replacing State = "replacing" // it runs, and so does the one that is to take its place
	Waiting   State = "waiting"   // it has ended, and is started again when its backoff is over
	Paused    State = "paused"    // it has crashed too often, and waits for a resume or a reload
	Stopping  State = "stopping"  // it was told to stop
	Stopped   State = "stopped"   // it has ended as it should
	Failed    State = "failed"    // it has ended as it should not, and is not to be restarted
)

// Status is what is known of one program at one moment.
type Status struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Since when it is in that state.
	Since time.Time `json:"since"`
	// PID of the process in service, 0 if there is none.
	PID int `json:"pid,omitempty"`
	// Started is when that process was.
	Started time.Time `json:"started,omitzero"`
	// Restarts since the supervisor began, replacements not counted.
	Restarts int `json:"restarts"`
	// NextStart is when a waiting program will be started.
	NextStart time.Time `json:"next_start,omitzero"`
	// LastExit is how the last process ended, "" before the first has.
	LastExit string `json:"last_exit,omitempty"`
	// LastEnd is when.
	LastEnd time.Time `json:"last_end,omitzero"`
	// Reason for a state that is none to be happy with.
	Reason string `json:"reason,omitempty"`
	// Text that the program said of itself (STATUS=).
	Text string `json:"text,omitempty"`
	// Memory of the program and all that it started, in bytes; 0 if unknown.
	Memory uint64 `json:"memory,omitempty"`
	// Lines that it printed, and how many of them were dropped.
	Lines   uint64 `json:"lines"`
	Dropped uint64 `json:"dropped,omitempty"`

	exit int  // what a shell would have in $? of it
	held bool // it was stopped, and can be resumed
}

// over reports whether nothing more will happen by itself.
func (s Status) over() bool { return s.State == Stopped && !s.held || s.State == Failed }

// settled reports whether the start is over, one way or the other.
func (s Status) settled() bool {
	switch s.State {
	case Running, Replacing, Paused, Stopped, Failed:
		return true
	}
	return false
}

// WriteTable writes a table for people. now is the time that ages are told from.
func WriteTable(w io.Writer, all []Status, now time.Time) error {
	all = slices.SortedFunc(slices.Values(all), func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSTATE\tPID\tUPTIME\tRESTARTS\tMEMORY\tLAST EXIT\t")
	for _, s := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
			s.Name, s.State, orDash(s.PID), s.uptime(now), s.Restarts, memory(s.Memory), s.lastExit(now), s.remark(now))
	}
	return table.Flush()
}

func (s Status) uptime(now time.Time) string {
	if s.PID == 0 {
		return "-"
	}
	return age(now.Sub(s.Started))
}

func (s Status) lastExit(now time.Time) string {
	if s.LastExit == "" {
		return "-"
	}
	return s.LastExit + ", " + age(now.Sub(s.LastEnd)) + " ago"
}

// remark is what else is to be said.
func (s Status) remark(now time.Time) string {
	switch {
	case s.State == Waiting:
		return "starts in " + age(max(0, s.NextStart.Sub(now)))
	case s.Reason != "":
		return s.Reason
	}
	return s.Text
}

func orDash(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// age is a time in its two largest units: 4d2h, 3h5m, 2m8s, 7s.
func age(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", max(d, 0)/time.Second)
}

func memory(bytes uint64) string {
	switch {
	case bytes == 0:
		return "-"
	case bytes < 10<<30:
		return fmt.Sprintf("%.1fM", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.1fG", float64(bytes)/(1<<30))
}

// line is what a service manager shows of all programs in one line.
func line(all []Status) string {
	if len(all) == 1 {
		return strings.Join(slices.DeleteFunc([]string{
			string(all[0].State), all[0].Reason, all[0].Text,
		}, func(s string) bool { return s == "" }), ": ")
	}
	serving := 0
	var others []string
	for _, s := range all {
		if s.State == Running || s.State == Replacing {
			serving++
			continue
		}
		others = append(others, s.Name+" "+string(s.State))
	}
	text := fmt.Sprintf("%d of %d running", serving, len(all))
	if len(others) > 0 {
		text += "; " + strings.Join(others, ", ")
	}
	return text
}
