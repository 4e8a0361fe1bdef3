package service

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/lifecycle"
)

// notified has a service tell its status to the test.
func notified(t *testing.T) (saw func(line string) bool) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no systemd")
	}
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	var mu sync.Mutex
	var all strings.Builder
	go func() {
		message := make([]byte, 4096)
		for {
			n, _, _, _, err := socket.ReadMsgUnix(message, nil)
			if err != nil {
				return
			}
			mu.Lock()
			all.Write(append(message[:n], '\n'))
			mu.Unlock()
		}
	}()
	return func(line string) bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(all.String(), line)
	}
}

// TestWhatTheStartDoesIsDoneBeforeAnythingIsServed, in its order, with its name where
// "systemctl status" looks; background work and checks begin after it.
func TestWhatTheStartDoesIsDoneBeforeAnythingIsServed(t *testing.T) {
	saw := notified(t)
	address := freeAddress(t)
	var mu sync.Mutex
	var order []string
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, what)
	}
	holding, hold := make(chan struct{}), make(chan struct{})
	s := newSite(t, func(s *Service) error {
		s.AddCheck(health.Check{Name: "database", Probe: func(context.Context) error { note("used"); return nil }})
		s.Go("worker", func(ctx context.Context) error { note("used"); <-ctx.Done(); return nil })
		s.OnStart("open", func(context.Context) error { note("open"); return nil })
		s.OnStart("migrate", func(context.Context) error {
			close(holding)
			<-hold
			note("migrate")
			return nil
		})
		return nil
	})
	s.write("listeners: {a: {address: %q}}\n", address)
	app, err := s.assemble()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	<-holding
	await(t, "the status has its name", func() bool { return saw("STATUS=starting: migrate") })
	if answers(address) || saw("READY=1") {
		t.Error("something is served before the start is done")
	}
	close(hold)
	await(t, "the service is ready", func() bool { return app.machine.State() == lifecycle.Ready && saw("READY=1") })
	await(t, "task and check have begun", func() bool { mu.Lock(); defer mu.Unlock(); return len(order) >= 4 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(order[:4], " "); got != "open migrate used used" {
		t.Errorf("the order was %s", got)
	}
}

// TestAStartThatFailsSaysAtWhat: nothing was served, what the setup left is closed.
func TestAStartThatFailsSaysAtWhat(t *testing.T) {
	address := freeAddress(t)
	var after, closed bool
	s := newSite(t, func(s *Service) error {
		s.OnShutdown(func(context.Context) error { closed = true; return nil })
		s.OnStart("migrate", func(context.Context) error { return errors.New("table orders: locked") })
		s.OnStart("warm up", func(context.Context) error { after = true; return nil })
		return nil
	})
	s.write("listeners: {a: {address: %q}}\n", address)
	app, err := s.assemble()
	if err != nil {
		t.Fatal(err)
	}
	err = app.Run(t.Context())
	if err == nil || err.Error() != "start migrate: table orders: locked" || isConfigError(err) {
		t.Errorf("the start failed with %v", err)
	}
	if after || !closed {
		t.Errorf("the next was called: %v; OnShutdown was called: %v", after, closed)
	}
}

// TestAStartThatTakesTooLongIsNamed: the time of the start bounds it.
func TestAStartThatTakesTooLongIsNamed(t *testing.T) {
	s := newSite(t, func(s *Service) error {
		s.OnStart("migrate", func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		return nil
	})
	s.write("listeners: {a: {address: %q}}\nhealth: {start_timeout: 1s}\n", freeAddress(t))
	app, err := s.assemble()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := app.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "start migrate: ") || time.Since(begun) < time.Second {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}

func TestMistakesInTheFunctionsOfTheStartAreToldTogether(t *testing.T) {
	s := newSite(t, func(s *Service) error {
		for _, name := range []string{"", "open", "open"} {
			s.OnStart(name, func(context.Context) error { return nil })
		}
		return nil
	})
	s.write("listeners: {a: {address: %q}}\n", freeAddress(t))
	if _, err := s.assemble(); err == nil || !strings.Contains(err.Error(), "needs a name") || !strings.Contains(err.Error(), "start open: there is a function of that name") {
		t.Errorf("%v", err)
	}
}
