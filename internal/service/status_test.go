package service

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/status"
)

// TestTheStatusMayBeAskedWhileTheServiceStarts and while it stops, from a goroutine
// that the setup has begun; the race detector looks on.
func TestTheStatusMayBeAskedWhileTheServiceStarts(t *testing.T) {
	var asking sync.WaitGroup
	var states sync.Map
	var enough atomic.Bool
	s := newSite(t, func(s *Service) error {
		s.AddCheck(health.Check{Name: "slow", Probe: func(context.Context) error { return nil }})
		begun := make(chan struct{})
		once := sync.OnceFunc(func() { close(begun) })
		asking.Go(func() {
			for !enough.Load() {
				now := s.Status()
				states.Store(now.State, now)
				_ = s.Entries()
				once()
			}
		})
		<-begun
		return nil
	})
	s.write("config: {watch: true}\ncontrol: {socket: %q}\nlisteners: {a: {address: %q}}\n", s.dir+"/control.sock", freeAddress(t))
	app, stop := s.start()
	if _, err := app.reloader.Reload(t.Context(), "test"); err != nil {
		t.Error(err)
	}
	await(t, "the service is seen to be ready", func() bool { _, seen := states.Load("ready"); return seen })
	stop()
	await(t, "the last state is seen", func() bool { _, seen := states.Load("stopped"); return seen })
	enough.Store(true)
	asking.Wait()
	for _, state := range []string{"starting", "ready", "stopped"} {
		if _, seen := states.Load(state); !seen {
			t.Errorf("nobody saw that the service was %s", state)
		}
	}
	seen, _ := states.Load("ready")
	if now := seen.(status.Status); len(now.Listeners) != 1 || len(now.Checks) != 2 {
		t.Errorf("ready with %+v", now)
	}
}
