package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/status"
)

// Change changes the config, in the name of who asks.
type Change func(ctx context.Context, who string) (*config.Outcome, error)

// Options of a Server.
type Options struct {
	Reload, Release Change
	Rollback        func(ctx context.Context, version int, who string) (*config.Outcome, error)
	Upgrade         func(ctx context.Context, who string, o command.Upgrade) (report string, err error)
	Status          func() status.Status
	// Config lists what is in force.
	Config  func() []config.Entry
	Journal *journal.Journal
	Log     *slog.Logger
	// Draining ends when the service begins to stop.
	Draining context.Context
	// Succeeded reports whether a successor is the one to ask.
	Succeeded func() bool
}

// Server answers on the control socket.
type Server struct {
	Options
	control *control.Server
}

// New returns a Server that does not listen yet.
func New(o Options) *Server {
	s := &Server{Options: o}
	s.control = control.New(control.Options{
		Reload: s.reload,
		Status: func(context.Context) status.Status { return o.Status() },
		Log:    o.Log,
	})
	s.control.Handle(http.MethodPost, upgradePath, s.upgrade(command.Upgrade{}))
	s.control.Handle(http.MethodPost, forceUpgradePath, s.upgrade(command.Upgrade{Force: true}))
	s.control.Handle(http.MethodPost, chosenUpgradePath, s.chosenUpgrade)
	s.control.Handle(http.MethodPost, "/config/rollback", s.rollback)
	s.control.Handle(http.MethodGet, "/config", s.config)
	s.control.Stream("/logs", s.logs)
	return s
}

// Serve answers on l until it is closed, or Shutdown.
func (s *Server) Serve(l net.Listener) {
	if err := s.control.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
		s.Log.Error("the control socket failed", "error", err)
	}
}

// Shutdown waits for the orders under way until ctx ends.
func (s *Server) Shutdown(ctx context.Context) { _ = s.control.Shutdown(ctx) }

// config answers "gind config show --running".
func (s *Server) config(context.Context, *control.Request) (any, error) { return s.Config(), nil }

// reload answers "gind reload".
func (s *Server) reload(ctx context.Context, by control.Caller) control.Verdict {
	return verdictOf(s.Reload(ctx, by.String()))
}

// rollbackOrder is the body of POST /config/rollback.
type rollbackOrder struct {
	Version int  `json:"version"`
	Release bool `json:"release"`
}

// rollback answers "gind config rollback".
func (s *Server) rollback(ctx context.Context, r *control.Request) (any, error) {
	var order rollbackOrder
	if err := r.Decode(&order); err != nil {
		return nil, err
	}
	if order.Version < 0 || order.Release && order.Version != 0 {
		return nil, &control.Error{Status: http.StatusBadRequest, Text: fmt.Sprintf("there is no version %d", order.Version)}
	}
	if order.Release {
		return verdictOf(s.Release(ctx, r.Caller.String())), nil
	}
	return verdictOf(s.Rollback(ctx, order.Version, r.Caller.String())), nil
}

// The orders to upgrade. They are paths and not a body, which an older release would
// not read: it knows the first only.
const (
	upgradePath       = "/upgrade"
	forceUpgradePath  = "/upgrade/force"
	chosenUpgradePath = "/upgrade/chosen"
)

// upgrade answers "gind upgrade".
func (s *Server) upgrade(o command.Upgrade) control.Handler {
	return func(ctx context.Context, r *control.Request) (any, error) {
		return upgradeVerdict(s.Upgrade(ctx, r.Caller.String(), o)), nil
	}
}

// chosenUpgrade answers "gind upgrade" with a program that the caller has chosen. Who
// reaches the socket may be in a group that is there to read the log.
func (s *Server) chosenUpgrade(ctx context.Context, r *control.Request) (any, error) {
	if uid := r.Caller.UID; uid < 0 || uid != 0 && uid != os.Geteuid() {
		s.Log.Warn("an upgrade to a chosen program was refused", "by", r.Caller.String())
		return nil, &control.Error{
			Status: http.StatusForbidden,
			Text:   "only root and the service's own user may choose a program, not " + r.Caller.String(),
		}
	}
	var o command.Upgrade
	if err := r.Decode(&o); err != nil {
		return nil, err
	}
	if o.Back == (o.To != "") {
		return nil, &control.Error{Status: http.StatusBadRequest, Text: "either the program before is chosen, or one at a path"}
	}
	return upgradeVerdict(s.Upgrade(ctx, r.Caller.String(), o)), nil
}

func upgradeVerdict(report string, err error) control.Verdict {
	if err != nil {
		return control.Verdict{Text: err.Error()}
	}
	return control.Verdict{OK: true, Text: report}
}

// verdictOf a change of the config.
func verdictOf(o *config.Outcome, err error) control.Verdict {
	if err != nil {
		return control.Verdict{Text: command.BadConfig(err).Error(), Mistakes: config.Mistakes(err)}
	}
	return control.Verdict{OK: true, Text: summary(o), Version: o.New.Version, Changes: o.Changes}
}

// summary is an outcome for people, a change a line.
func summary(o *config.Outcome) string {
	var lines []string
	for _, change := range o.Changes {
		lines = append(lines, change.Report())
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing changed")
	}
	if o.New.Pinned > 0 {
		lines = append(lines, pinnedText(o.New.Pinned))
	}
	return strings.Join(lines, "\n")
}
