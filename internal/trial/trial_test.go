package trial

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhileAProgramIsOnTrialAStartRunsTheOneBefore(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.unpack(p, "2")
	next := h.succeed(p, h.newest)
	if got := next.Next(); got != h.kept || h.version(got) != "1" {
		t.Errorf("a start runs %s, version %q", got, h.version(got))
	}
	if !h.pass(next) || next.Next() != h.newest || next.Back(nil) != h.kept {
		t.Errorf("after the trial a start runs %s, back leads to %q", next.Next(), next.Back(nil))
	}
	if last, err := next.last(); last != nil || err != nil {
		t.Errorf("of the trial that is over is known %+v, %v", last, err)
	}
}

// TestAnUpgradeDuringATrialKeepsTheProgramThatHasProvenItself: the one on trial has not.
func TestAnUpgradeDuringATrialKeepsTheProgramThatHasProvenItself(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.unpack(p, "2")
	second := h.succeed(p, h.newest)
	h.unpack(second, "3")
	third := h.succeed(second, h.newest)
	if got := h.version(third.Next()); got != "1" {
		t.Errorf("a crash starts version %s", got)
	}
	if back := h.version(third.Back(third.trial)); back != "1" {
		t.Errorf("back leads to version %s", back)
	}
}

func TestATrialThatDoesNotBeginLeavesEverythingAsItWas(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.unpack(p, "2")
	h.must(point(h.link, h.newest))
	plan, err := p.Plan(h.newest, "root", nil)
	h.must(err)
	undo, err := p.Begin(*plan)
	h.must(err)
	h.must(undo())
	if last, err := p.last(); p.Next() != h.newest || last != nil || err != nil {
		t.Errorf("a start runs %s, the record says %+v, %v", p.Next(), last, err)
	}
}

// TestAFailedTrialIsKnownUntilTheNextOne, and told of once.
func TestAFailedTrialIsKnownUntilTheNextOne(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.unpack(p, "2")
	first, fallen := h.crash(h.succeed(p, h.newest))
	if fallen == nil || fallen.Program != h.newest || fallen.Who != "root" || first.version != "1" {
		t.Fatalf("version %s serves, and finds %+v", first.version, fallen)
	}
	second, fallen := h.crash(first)
	if fallen == nil || fallen.Reason != "it crashed" || second.version != "1" {
		t.Errorf("version %s serves, and finds %+v", second.version, fallen)
	}
	third := h.succeed(second, h.newest)
	if !h.pass(third) {
		t.Error("the next trial is not passed")
	}
	if _, fallen := h.crash(third); fallen != nil {
		t.Errorf("after the next trial there is still %+v", fallen)
	}
}

// TestAFailedTrialIsForgottenWhenALaterProgramIsStarted without an upgrade, as packages
// with new units do.
func TestAFailedTrialIsForgottenWhenALaterProgramIsStarted(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.unpack(p, "2")
	p, _ = h.crash(h.succeed(p, h.newest))
	h.unpack(p, "3")
	h.must(point(h.link, h.newest))
	if fallen, err := h.start(h.link).Fallen(); fallen != nil || err != nil {
		t.Errorf("version 3 finds %+v, %v", fallen, err)
	}
}

func TestAProgramThatIsNoMoreIsNotWaitedFor(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.install(h.newest, "2") // over the one that runs, by nobody who keeps it
	if plan, err := p.Plan(h.newest, "root", nil); !errors.Is(err, ErrNothingBefore) || plan.Before != "" {
		t.Errorf("%+v, %v", plan, err)
	}
	if back := p.Back(nil); back != "" {
		t.Errorf("back leads to %s", back)
	}
}

func TestWithoutALinkNothingIsWrittenOrFound(t *testing.T) {
	t.Chdir(t.TempDir())
	h := newHost(t)
	p := h.start(h.newest)
	p.Link = ""
	taken, errTaken := p.Taken(p.pid)
	fallen, errFallen := p.Fallen()
	if p.Linked() || p.Next() != "" || p.Back(nil) != "" || taken != nil || fallen != nil || errTaken != nil || errFallen != nil {
		t.Errorf("%v %q %q %v %v %v %v", p.Linked(), p.Next(), p.Back(nil), taken, fallen, errTaken, errFallen)
	}
}

func TestARecordThatCannotBeReadIsAnErrorWithItsPath(t *testing.T) {
	h := newHost(t)
	p := h.start(h.link)
	h.must(os.WriteFile(p.beside(recordName), []byte("{"), 0o600))
	if _, err := p.Fallen(); err == nil || !strings.Contains(err.Error(), filepath.Dir(h.link)+"/trial: ") {
		t.Errorf("%v", err)
	}
}
