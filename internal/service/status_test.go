package service

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestTheStatusMayBeAskedWhileTheServiceStarts and while it stops, from a goroutine
// that the setup has begun; the race detector looks on.
func TestTheStatusMayBeAskedWhileTheServiceStarts(t *testing.T) {
	var asking sync.WaitGroup
	var states sync.Map
	var enough atomic.Bool
	seen := func(state string) func() bool {
		return func() bool { _, seen := states.Load(state); return seen }
	}
	s := newSite(t, func(s *Service) error {
		asking.Go(func() {
			for !enough.Load() {
				states.Store(s.Status().State, nil)
				_ = s.Entries()
			}
		})
		await(t, "it is asked while the service is put together", seen("starting"))
		return nil
	})
	s.write("config: {watch: true}\ncontrol: {socket: %q}\nlisteners: {a: {address: %q}}\n", s.dir+"/control.sock", freeAddress(t))
	app, stop := s.start()
	await(t, "it is asked while the service is ready", seen("ready"))
	if _, err := app.reloader.Reload(t.Context(), "test"); err != nil {
		t.Error(err)
	}
	stop()
	await(t, "it is asked when the service has stopped", seen("stopped"))
	enough.Store(true)
	asking.Wait()
}
