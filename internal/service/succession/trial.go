package succession

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/status"
)

// plan is the trial of a program that is to follow. Where there is none the reason says
// why; nil is a program that the next start does not run. A link that the unit does not
// start follows at once: it may be started again.
func (s *Succession) plan(ctx context.Context, program, who string) (t *trial.Trial, reason error) {
	if s.Programs.Link == "" {
		return nil, errors.New("the unit has no StateDirectory=, beside which a link to its program could stand")
	}
	if !s.Programs.Linked() {
		return nil, fmt.Errorf("the unit starts it itself, not through a link %s", s.Programs.Link)
	}
	t, reason = s.Programs.Plan(program, who, s.onTrial.Load())
	if err := s.passesBy(ctx); err != nil {
		t.Before, reason = "", err
	}
	return t, reason
}

// errPassedBy is a link that stands there, and is not what the unit starts.
var errPassedBy = errors.New("not the link that is there for it")

// passesBy is an error if the unit starts something else than what the link leads to.
func (s *Succession) passesBy(ctx context.Context) error {
	starts, err := s.Program(ctx)
	if err != nil {
		s.Log.Debug("what the unit starts is not known", "error", err)
		return nil
	}
	if starts != s.Programs.Link {
		return fmt.Errorf("the unit starts %s, %w: %s", starts, errPassedBy, s.Programs.Link)
	}
	return nil
}

// begin has a crash start the program before from now on.
func (s *Succession) begin(t *trial.Trial, pid int) (undo func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	t.PID, t.Begun = pid, time.Now()
	back, err := s.Programs.Begin(*t)
	if err != nil {
		return nil, err
	}
	return func() {
		if err := back(); err != nil {
			s.Log.Warn("what a start runs is not as it was", "error", err)
		}
	}, nil
}

// takeTrial is what a successor does with the record of its predecessor.
func (s *Succession) takeTrial(pid int) {
	t, err := s.Programs.Taken(pid)
	if err != nil {
		s.Log.Warn("whether this program is on trial is not known", "error", err)
	}
	if t != nil {
		t.Begun = time.Now() // by a clock that nobody sets
		s.onTrial.Store(t)
	}
}

// Prove ends the trial of this program, if it is on one, when it has served for long
// enough.
func (s *Succession) Prove(ctx context.Context) {
	for {
		t := s.onTrial.Load()
		if t == nil {
			return
		}
		left := time.Until(s.until(*t))
		if left <= 0 || t.Before == "" {
			s.Pass()
			return
		}
		select {
		case <-time.After(min(left, time.Second)): // a reload may shorten it
		case <-ctx.Done():
			return
		}
	}
}

func (s *Succession) until(t trial.Trial) time.Time { return t.Begun.Add(s.Confirm()) }

// Pass ends the trial of this program: it has served for long enough, or is asked to stop
// before it has shown a fault. From now on a start runs it.
func (s *Succession) Pass() {
	s.letGo.Lock()
	defer s.letGo.Unlock()
	t := s.onTrial.Load()
	if t == nil || s.Succeeded() {
		return
	}
	s.onTrial.Store(nil)
	switch err := s.Programs.Pass(*t); {
	case errors.Is(err, trial.ErrReplaced):
		s.Log.Warn("the trial is over, but a crash starts the program before: "+t.Program+": "+err.Error(), "before", t.Before)
	case err != nil:
		s.Log.Error("the trial is over, but a crash starts the program before: "+err.Error(), "before", t.Before, "error", err)
	case t.Before != "":
		s.Log.Info("the trial is over: a start runs "+t.Program, journal.Message(journal.EventTrialPassed), "program", t.Program)
	}
}

// Trial is that of this program, or nil.
func (s *Succession) Trial() *status.Trial {
	t := s.onTrial.Load()
	if t == nil || t.Before == "" {
		return nil
	}
	return &status.Trial{Until: s.until(*t), Before: t.Before}
}
