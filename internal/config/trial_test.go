package config

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/history"
)

// verdicts is a confirm function that waits for what the test says.
type verdicts struct {
	said     chan error
	reverted chan error
	outcomes chan *Outcome
}

func newVerdicts() *verdicts {
	return &verdicts{make(chan error), make(chan error, 9), make(chan *Outcome, 9)}
}

func (v *verdicts) option() Option {
	return WithConfirm(func(ctx context.Context, _, _ *Snapshot) error {
		select {
		case err := <-v.said:
			return err
		case <-ctx.Done():
			return errors.New("too late to be heard")
		}
	}, func(o *Outcome, reason error) { v.outcomes <- o; v.reverted <- reason })
}

func wait(t *testing.T, o *Outcome) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return o.Wait(ctx)
}

func TestUnhealthyConfigurationIsTakenBack(t *testing.T) {
	s, v := newService(t, workers(1)), newVerdicts()
	s.start(v.option())
	if err := s.Confirm(); err != nil {
		t.Fatal(err)
	}
	s.write(workers(2))
	o := s.reload()
	s.is(2, 2)
	sick := errors.New("check db fails: no route")
	v.said <- sick
	if err := wait(t, o); !errors.Is(err, sick) {
		t.Errorf("the trial ended with %v", err)
	}
	wants(t, <-v.reverted, "version 2 is taken back: check db fails: no route")
	if back := <-v.outcomes; back == nil || len(back.Changes) != 1 || back.New.Who != "automatic rollback" {
		t.Errorf("outcome is %+v", back)
	}
	s.is(3, 1)
	// It stays away, over reloads and restarts, until the files change.
	s.reload()
	s.is(3, 1)
	s.start(v.option())
	s.is(3, 1)
	if pin, err := s.history.Pin(); err != nil || pin == nil || pin.Reason != sick.Error() {
		t.Errorf("pin is %+v, %v", pin, err)
	}
	s.write(workers(4))
	o = s.reload()
	v.said <- nil
	if err := wait(t, o); err != nil {
		t.Error(err)
	}
	s.is(4, 4)
	if good := s.history.Newest(history.GoodVersion); good == nil || good.Number != 4 {
		t.Errorf("the last good version is %+v", good)
	}
}

func TestNextChangeEndsTheTrial(t *testing.T) {
	s, v := newService(t, workers(1)), newVerdicts()
	s.start(v.option())
	s.write(workers(2))
	first := s.reload()
	s.write(workers(3))
	second := s.reload()
	if err := wait(t, first); !errors.Is(err, errSuperseded) {
		t.Errorf("the first trial ended with %v", err)
	}
	s.is(3, 3)
	// What was never confirmed is nothing to go back to.
	v.said <- errors.New("unwell")
	if err := wait(t, second); err == nil {
		t.Error("the second trial passed")
	}
	s.is(4, 1)
}

func TestGoingBackToTheGoodOneIsNoTrial(t *testing.T) {
	s, v := newService(t, workers(1)), newVerdicts()
	s.start(v.option())
	s.write(workers(2))
	s.reload()
	s.write(workers(1))
	if o := s.reload(); o.trial != nil {
		t.Error("what is known to be good is tried")
	}
	s.is(3, 1)
}

func TestClosingEndsTheTrial(t *testing.T) {
	s, v := newService(t, workers(1)), newVerdicts()
	s.start(v.option())
	s.write(workers(2))
	o := s.reload()
	s.Close()
	wants(t, wait(t, o), "the service stops")
	s.is(2, 2)
}

func TestRollbackThatIsRefusedIsTold(t *testing.T) {
	s, v := newService(t, workers(1)), newVerdicts()
	s.start(v.option())
	s.write(workers(2))
	s.reload()
	s.Subscribe("tls", Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) {
		return nil, errors.New("the certificate is gone")
	}))
	v.said <- errors.New("unwell")
	wants(t, <-v.reverted, "version 2 is taken back: unwell", "version 1 can't be taken back: tls: the certificate is gone")
	if o := <-v.outcomes; o != nil {
		t.Errorf("outcome is %+v", o)
	}
	s.is(2, 2)
}
