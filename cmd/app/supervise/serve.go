package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/heap"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/supervise"
)

// heapFloor is the heap in bytes below which nothing is collected, or a flood of
// output would spend a third of the time on that.
const heapFloor = 12 << 20

// startIsOver is when this process has done what it does once.
const startIsOver = time.Second

// service is a running "gind supervise".
type service struct {
	request    *request
	journal    *journal.Journal
	log        *slog.Logger
	supervisor *supervise.Supervisor
	reloading  sync.Mutex
	alerts     atomic.Pointer[map[string]settings.Alert]
	unattended atomic.Bool // nobody would resume a program
}

// serve keeps the programs running until they have ended for good.
func serve(ctx context.Context, r *request) error {
	keys, err := r.load(ctx, false)
	if err != nil {
		return err
	}
	inherited, err := sdnotify.Inherited()
	if err != nil {
		return err
	}
	notifier, err := sdnotify.New()
	if err != nil {
		return err
	}
	s := &service{request: r}
	s.alerts.Store(&keys.Alerts)
	if err := s.openJournal(keys); err != nil {
		return err
	}
	defer s.journal.Close() //nolint:errcheck // there is nobody left to tell
	s.supervisor, err = supervise.New(supervise.Options{
		Log:       s.log,
		Notifier:  notifier,
		Alert:     s.alert,
		Inherited: giveAway(inherited),
		Events:    events,

		Unattended: s.unattended.Load,
	}, keys.specs()...)
	if err != nil {
		return err
	}
	return exitWith(s.run(ctx, keys))
}

func (s *service) run(ctx context.Context, keys *Keys) (status int) {
	heap.KeepFloor(heapFloor)
	closeControl, open := s.serveControl(keys)
	defer closeControl()
	// In a container there is a control socket, and nobody who knows of it. Those of a file
	// come back with a reload, too.
	asked := s.request.control != "" || keys.Control.Socket != ""
	s.unattended.Store(s.request.file == "" && (!open || !asked))
	var reload func()
	if s.request.file != "" {
		reload = func() { _ = s.reload(ctx, "SIGHUP") } // the log has it
	}
	release := s.supervisor.HandleSignals(reload)
	defer release()
	started := time.AfterFunc(startIsOver, trim)
	defer started.Stop()
	return s.supervisor.Run(ctx)
}

var events = supervise.Events{
	Crashed:       string(journal.EventProgramCrashed),
	Hung:          string(journal.EventProgramHung),
	Paused:        string(journal.EventProgramPaused),
	Replaced:      string(journal.EventProgramReplaced),
	ReplaceFailed: string(journal.EventProgramReplaceFailed),
}

func (s *service) openJournal(keys *Keys) error {
	options, err := s.journalOptions(keys)
	if err != nil {
		return err
	}
	if s.journal, err = journal.Open(options); err != nil {
		return err
	}
	s.log = slog.New(s.journal.Handler())
	return nil
}

func (s *service) journalOptions(keys *Keys) (journal.Options, error) {
	o, err := keys.Log.Journal(keys.identifier(), sdnotify.Directory("LOGS_DIRECTORY"))
	o.RingDir = sdnotify.Directory("RUNTIME_DIRECTORY")
	return o, err
}

// identifier is the name that journalctl -t finds the records by: the program's
// if there is one, as if it had logged itself.
func (k *Keys) identifier() string {
	if specs := k.specs(); len(specs) == 1 {
		return specs[0].Name
	}
	return "gind-supervise"
}

// instance is the name of this supervisor among others.
func (s *service) instance(keys *Keys) string {
	if s.request.file == "" {
		return keys.identifier()
	}
	return strings.TrimSuffix(filepath.Base(s.request.file), filepath.Ext(s.request.file))
}

// giveAway gives each inherited socket to the first who asks for its name.
func giveAway(files []sdnotify.File) func(name string) *os.File {
	var mu sync.Mutex
	return func(name string) *os.File {
		mu.Lock()
		defer mu.Unlock()
		for i, file := range files {
			if file.Name == name {
				files = append(files[:i:i], files[i+1:]...)
				return file.File
			}
		}
		return nil
	}
}

// reload reads the file again. It is in force as a whole, or not at all.
func (s *service) reload(ctx context.Context, by string) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	change, err := s.prepare(ctx)
	if err != nil {
		s.log.Error("reload refused: "+err.Error(), journal.Message(journal.EventReloadRefused), "by", by, "error", err)
		return err
	}
	if err := errors.Join(change.Apply(ctx), s.journal.Reopen()); err != nil {
		s.log.Error("the file is in force, but a program does not run as it says: "+err.Error(),
			journal.Message(journal.EventReloaded), "by", by, "error", err)
		return fmt.Errorf("the file is in force, but: %w", err)
	}
	s.log.Info("reloaded", journal.Message(journal.EventReloaded), "by", by)
	return nil
}

var errNoFile = errors.New("there is no file to read again: the program was given on the command line")

// prepare does all that can fail, and has the log and the alerts follow the file.
func (s *service) prepare(ctx context.Context) (*supervise.Change, error) {
	if s.request.file == "" {
		return nil, errNoFile
	}
	keys, err := s.request.load(ctx, true)
	if err != nil {
		return nil, err
	}
	options, err := s.journalOptions(keys)
	if err != nil {
		return nil, err
	}
	change, err := s.supervisor.Prepare(ctx, keys.specs()...)
	if err != nil {
		return nil, err
	}
	if err := s.journal.Reconfigure(options); err != nil {
		change.Discard()
		return nil, err
	}
	s.alerts.Store(&keys.Alerts)
	return change, nil
}
