package watchdog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/status"
)

// record tells what processes before this one have left, and has this one leave
// something too.
func (w *Watchdog) record() {
	recorder, found, err := crash.Open(crash.Options{Folder: w.Folder, Service: w.Service, Version: w.Version})
	for i, r := range found {
		sequel := ""
		if i == len(found)-1 && w.Sequel != nil {
			sequel = w.Sequel()
		}
		w.tellCrash(r, sequel)
	}
	w.found = found
	if err == nil && w.Armed {
		err = recorder.Arm()
	}
	if err != nil {
		w.Log.Warn("a crash would leave no report", "error", err)
	}
	w.recorder = recorder
	w.countCrashes()
}

// Ended is how a process before this one did that crashed; empty if that is not known.
func (w *Watchdog) Ended(pid int) string {
	for _, r := range w.found {
		if r.PID == pid {
			return r.String()
		}
	}
	return ""
}

// Arm has a crash of this process leave a report from now on.
func (w *Watchdog) Arm() {
	if err := w.recorder.Arm(); err != nil {
		w.Log.Warn("a crash would leave no report", "error", err)
	}
}

// aliveInterval is how exact the time is at which a process was killed.
const aliveInterval = 5 * time.Second

// RunAlive notes that this process lives, until ctx ends.
func (w *Watchdog) RunAlive(ctx context.Context) {
	if w.recorder == nil {
		return
	}
	ticker := time.NewTicker(aliveInterval)
	defer ticker.Stop()
	for {
		w.recorder.Lives()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (w *Watchdog) tellCrash(r crash.Report, sequel string) {
	text := fmt.Sprintf("process %d before this one crashed: %s", r.PID, r)
	if sequel != "" {
		text += "; " + sequel
	}
	w.Log.Log(context.Background(), journal.LevelCrit, text,
		journal.Message(journal.EventCrashFound), "previous_pid", r.PID, "kind", string(r.Kind), "reason", r.Reason,
		"place", r.Place, "ended", r.Ended, "crash", r.Number, "dump", r.Path)
}

// notice writes down what may be the end of this process, before it is: the open
// requests, the last errors, what every goroutine does.
func (w *Watchdog) notice(id journal.ID, headline string, reason error) {
	var requests []string
	for _, r := range w.Requests() {
		requests = append(requests, fmt.Sprintf("%s %s for %v, request %s, from %s", r.Method, r.Path, r.Age.Round(time.Millisecond), r.RequestID, r.Remote))
	}
	stacks, err := w.recorder.Note(crash.Note{Reason: reason.Error(), Requests: requests, Errors: w.Errors.List()})
	if err != nil {
		w.Log.Warn("what is noticed can't be written down", "error", err)
	}
	w.Log.Error(headline, journal.Message(id), "error", reason,
		"open_requests", strings.Join(requests[:min(len(requests), maxTold)], "\n"), "goroutines", crash.Crowds(stacks, maxTold))
}

// settle says that what was noticed last is over.
func (w *Watchdog) settle() {
	if err := w.recorder.Settle(); err != nil {
		w.Log.Warn("what was noticed stays written down as if it were not over", "error", err)
	}
	if w.recorder != nil {
		w.countCrashes()
	}
}

// maxTold is how many requests, and places of goroutines, a record has at most.
const maxTold = 30

// Close ends a process that ends well.
func (w *Watchdog) Close() {
	if err := w.recorder.Close(); err != nil {
		w.Log.Warn("the record of this process is not closed, and will be taken for that of a crash", "error", err)
	}
}

// countCrashes notes what is known of crashes: it only changes here.
func (w *Watchdog) countCrashes() {
	folder := w.Folder
	total := folder.Total()
	if total == 0 {
		return
	}
	found := &status.Crashes{Total: total}
	if r, _, err := folder.Read(total); err == nil {
		found.Last, found.Time = r.String(), r.Ended
	}
	w.count.Store(found)
}

// Seen is what is known of crashes, over all processes; nil if there never was one.
func (w *Watchdog) Seen() *status.Crashes { return w.count.Load() }
