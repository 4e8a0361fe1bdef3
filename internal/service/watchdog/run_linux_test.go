package watchdog

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/health"
)

// TestPingsStopWhileTheServiceDoesNotAnswer, which is noticed once however long it takes.
// In the drain they go on, whatever does not answer or fails.
func TestPingsStopWhileTheServiceDoesNotAnswer(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "60000000")
	t.Setenv("WATCHDOG_PID", "")
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, dir)
		var refuses atomic.Bool
		f.Probe = func(context.Context) error {
			if refuses.Load() {
				return errors.New("refused")
			}
			return nil
		}
		f.Checks = func(...health.Kind) []health.Verdict {
			if f.draining.Load() {
				return []health.Verdict{dead}
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.Run(ctx)
		}()
		pings := func(d time.Duration) int32 {
			before := f.systemd.pinged.Load()
			time.Sleep(d)
			synctest.Wait()
			return f.systemd.pinged.Load() - before
		}
		if n := pings(5 * time.Minute); n < 5 {
			t.Errorf("%d pings of a service that answers", n)
		}
		refuses.Store(true)
		pings(time.Minute) // until it is noticed
		if n := pings(5 * time.Minute); n != 0 || f.said("does not answer itself") != 1 {
			t.Errorf("%d pings of a service that does not answer, logged\n%s", n, &f.log)
		}
		refuses.Store(false)
		if n := pings(5 * time.Minute); n < 5 || f.said("answers again") != 1 || f.Folder.Total() != 1 {
			t.Errorf("%d pings of a service that answers again, %d reports, logged\n%s", n, f.Folder.Total(), &f.log)
		}
		refuses.Store(true)
		f.draining.Store(true)
		if n := pings(5 * time.Minute); n < 5 || f.systemd.triggered.Load() != 0 {
			t.Errorf("%d pings in the drain, asked for a restart %d times", n, f.systemd.triggered.Load())
		}
		cancel()
		<-ended
	})
}
