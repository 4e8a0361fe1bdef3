package program

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/service"
)

// quiet keeps the log of the services out of the tests' output.
const quiet = "log: {level: emerg, target: text}\n"

// site is a folder for a service and its config.
type site struct {
	t     *testing.T
	dir   string
	setup func(*service.Service) error
}

func newSite(t *testing.T, setup func(*service.Service) error) *site {
	if setup == nil {
		setup = func(*service.Service) error { return nil }
	}
	dir := t.TempDir()
	return &site{t, dir, setup}
}

func (s *site) file() string { return filepath.Join(s.dir, "probe.yaml") }

// write the config.
func (s *site) write(format string, args ...any) {
	s.t.Helper()
	if err := os.WriteFile(s.file(), fmt.Appendf(nil, quiet+format, args...), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// program has the service.
func (s *site) program() *Program {
	return &Program{Name: "probe", File: s.file(), Values: map[string]string{}, Setup: s.setup}
}

func (s *site) check() error {
	_, err := s.program().check(context.Background(), command.Input{ConfigFile: s.file(), Explicit: true})
	return err
}

// runOnce starts the service, waits until it answers at an address and its config is
// the last good one, and stops it.
func (s *site) runOnce(address string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.program().Serve(ctx, command.Input{ConfigFile: s.file(), Explicit: true}) }()
	await(s.t, "the service is ready", func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	await(s.t, "the config is a good one", func() bool {
		versions, _ := s.program().keptHistory().List()
		return slices.ContainsFunc(versions, func(v *config.Version) bool { return v.Good })
	})
	cancel()
	if err := <-ended; err != nil {
		s.t.Error("the service ended with ", err)
	}
}

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("in vain: ", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
