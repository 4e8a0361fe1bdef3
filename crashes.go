package gind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/status"
)

// crashFolder is beside the history of the config, in the service's state.
func crashFolder(name string) crash.Folder {
	return crash.Folder{Dir: filepath.Join(filepath.Dir(historyDir(name)), "crashes")}
}

// recordCrashes tells what processes before this one have left, and has this one
// leave something too. Where systemd keeps no folder for it (StateDirectory=)
// nothing is recorded.
func (a *application) recordCrashes() {
	if sdnotify.Directory("STATE_DIRECTORY") == "" {
		return
	}
	recorder, found, err := crash.Open(crash.Options{Folder: crashFolder(a.options.name), Service: a.options.name, Version: a.build.Version})
	for _, r := range found {
		a.tellCrash(r)
	}
	if err == nil && a.predecessor == nil { // which is told of a crash until this process is the service
		err = recorder.Arm()
	}
	if err != nil {
		a.log.Warn("a crash would leave no report", "error", err)
	}
	a.crashes = recorder
	a.countCrashes()
}

func (a *application) tellCrash(r crash.Report) {
	a.log.Log(context.Background(), journal.LevelCrit, fmt.Sprintf("process %d before this one crashed: %s", r.PID, r),
		journal.Message(journal.EventCrashFound), "previous_pid", r.PID, "kind", string(r.Kind), "reason", r.Reason,
		"place", r.Place, "ended", r.Ended, "crash", r.Number, "dump", r.Path)
}

// notice writes down what may be the end of this process, before it is: the open
// requests, the last errors, what every goroutine does.
func (a *application) notice(id journal.ID, headline string, reason error) {
	var requests []string
	for _, r := range a.server.OpenRequests() {
		requests = append(requests, fmt.Sprintf("%s %s for %v, request %s, from %s", r.Method, r.Path, r.Age.Round(time.Millisecond), r.RequestID, r.Remote))
	}
	stacks, err := a.crashes.Note(crash.Note{Reason: reason.Error(), Requests: requests, Errors: a.lastErrors.List()})
	if err != nil {
		a.log.Warn("what is noticed can't be written down", "error", err)
	}
	a.log.Error(headline, journal.Message(id), "error", reason,
		"open_requests", strings.Join(requests[:min(len(requests), maxTold)], "\n"), "goroutines", crash.Crowds(stacks, maxTold))
}

// settle says that what was noticed last is over.
func (a *application) settle() {
	if err := a.crashes.Settle(); err != nil {
		a.log.Warn("what was noticed stays written down as if it were not over", "error", err)
	}
	if a.crashes != nil {
		a.countCrashes()
	}
}

// maxTold is how many requests, and places of goroutines, a record has at most.
const maxTold = 30

// closeCrashes ends a process that ends well.
func (a *application) closeCrashes() {
	if err := a.crashes.Close(); err != nil {
		a.log.Warn("the record of this process is not closed, and will be taken for that of a crash", "error", err)
	}
}

// countCrashes notes what is known of crashes: it only changes here.
func (a *application) countCrashes() {
	folder := crashFolder(a.options.name)
	total := folder.Total()
	if total == 0 {
		return
	}
	status := &status.Crashes{Total: total}
	if r, _, err := folder.Read(total); err == nil {
		status.Last, status.Time = r.String(), r.Ended
	}
	a.crashCount.Store(status)
}

// crashTotal counts the reports that were ever made, over all restarts.
func (a *application) crashTotal() uint64 {
	if status := a.crashCount.Load(); status != nil {
		return uint64(status.Total)
	}
	return 0
}

// reports are crashes as commands see them.
type reports struct{ folder crash.Folder }

func (p *program) crashReports(command.Input) (command.Crashes, error) {
	return reports{crashFolder(p.options.name)}, nil
}

// List implements command.Crashes.
func (r reports) List() ([]command.Crash, error) {
	list, err := r.folder.List()
	crashes := make([]command.Crash, len(list))
	for i, one := range list {
		crashes[i] = crashOf(one)
	}
	return crashes, err
}

// Get implements command.Crashes.
func (r reports) Get(number int) (command.Crash, string, error) {
	if number == 0 {
		number = r.folder.Total()
	}
	one, text, err := r.folder.Read(number)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w (are you root, or in the service's group?)", err)
	}
	return crashOf(one), text, err
}

func crashOf(r crash.Report) command.Crash {
	return command.Crash{
		Number: r.Number, Time: r.Ended, PID: r.PID, Version: r.Version,
		Kind: string(r.Kind), Reason: r.Reason, Place: r.Place, Path: r.Path,
	}
}
