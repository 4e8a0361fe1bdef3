package checks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
)

// logInterval is how soon the check "log" sees what the log has noticed.
const logInterval = 2 * time.Second

// Options of Checks.
type Options struct {
	Log *slog.Logger
	// LogTrouble is what keeps the log from taking records, or nil.
	LogTrouble func() error
	// LiveFell is told of a live-check that fails. It must not block.
	LiveFell func(health.Verdict)
}

// Checks are those of one service, with their verdicts. Their methods may be called
// concurrently.
type Checks struct {
	*health.Registry
	log      *slog.Logger
	liveFell func(health.Verdict)
}

// New returns Checks with one of its own, "log". A journal or a disk that takes no
// records is for an operator to mend: the service needs neither to serve.
func New(o Options) (*Checks, error) {
	c := &Checks{log: o.Log, liveFell: o.LiveFell}
	c.Registry = health.New(health.Options{OnChange: c.changed})
	return c, c.Add(health.Check{
		Name:     "log",
		Kind:     health.Advisory,
		Interval: logInterval,
		Probe:    func(context.Context) error { return o.LogTrouble() },
	})
}

// changed logs a verdict that is not what it was.
func (c *Checks) changed(v health.Verdict) {
	log := c.log.With("check", v.Name, "kind", v.Kind.String())
	if v.OK {
		log.Info("check passes: "+v.Name, journal.Message(journal.EventCheckRose))
		return
	}
	level := slog.LevelError
	if v.Kind == health.Advisory {
		level = slog.LevelWarn
	}
	log.Log(context.Background(), level, fmt.Sprintf("check fails: %s: %s", v.Name, v.Err), journal.Message(journal.EventCheckFell), "error", v.Err)
	if v.Kind == health.Live {
		c.liveFell(v)
	}
}

// Await waits until every ready-check has passed. Meanwhile show is told, each
// second, which ones it waits for: "", or ", waiting for check database: failed: …".
// A start that is broken off by a signal is context.Canceled.
func (c *Checks) Await(ctx context.Context, show func(pending string)) error {
	ready := make(chan error, 1)
	go func() { ready <- c.WaitReady(ctx) }()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		show(c.pending())
		select {
		case err := <-ready:
			if errors.Is(err, context.Canceled) {
				return context.Canceled
			}
			return err
		case <-look.C:
		}
	}
}

func (c *Checks) pending() string {
	text, separator := "", ", waiting for check "
	for _, v := range c.Verdicts(health.Ready) {
		if !v.OK {
			text += separator + v.String()
			separator = "; "
		}
	}
	return text
}

// Failing are the names of the checks that fail, "" if none does.
func (c *Checks) Failing() string {
	var names []string
	for _, v := range c.Verdicts() {
		if !v.OK {
			names = append(names, v.Name)
		}
	}
	return strings.Join(names, ", ")
}
