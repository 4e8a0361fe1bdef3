package unit

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithoutSystemdNothingIsToldAndNothingFails(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	u := New(Options{
		Steady: func() bool { return true },
		Failed: func(err error) { t.Error(err) },
	})
	if err := u.Become(); err != nil || u.Enabled() {
		t.Fatalf("become: %v; enabled: %v", err, u.Enabled())
	}
	u.TakeOver()
	u.Ready("")
	u.Reloading()
	u.Line("x")
	u.Trigger()
	u.RemoveFD("box")
	takeBack, err := u.Yield(1)
	if err != nil {
		t.Fatal(err)
	}
	takeBack()
	if err := u.StoreFD("box", os.Stderr); err != nil {
		t.Error(err)
	}
	why := errors.New("why")
	if err := u.ExtendWhile(time.Minute, func() error { return why }); !errors.Is(err, why) {
		t.Errorf("what ran for long ended with %v, want its own error", err)
	}
}

func TestTheLineIsSetAtOnceAndAtIntervalsUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := New(Options{Steady: func() bool { return true }, Failed: func(error) {}})
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int32
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			u.KeepLine(ctx, func() string { asked.Add(1); return "" })
		}()
		synctest.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times at once, want 1", asked.Load())
		}
		time.Sleep(2*lineInterval + time.Second)
		if asked.Load() != 3 {
			t.Errorf("asked %d times after two intervals, want 3", asked.Load())
		}
		cancel()
		<-ended
	})
}
