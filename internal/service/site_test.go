package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/program/layers"
	"github.com/gind/gind/internal/service/checks"
)

// quiet keeps the log of the services out of the tests' output.
const quiet = "log: {level: emerg, target: text}\n"

// site is a folder for a service: its config, and the history of that.
type site struct {
	t       *testing.T
	dir     string
	history *config.History
	setup   func(*Service) error
}

func newSite(t *testing.T, setup func(*Service) error) *site {
	if setup == nil {
		setup = func(*Service) error { return nil }
	}
	dir := t.TempDir()
	return &site{t, dir, &config.History{Dir: filepath.Join(dir, "history")}, setup}
}

func (s *site) file() string { return filepath.Join(s.dir, "probe.yaml") }

// write the config.
func (s *site) write(format string, args ...any) {
	s.t.Helper()
	if err := os.WriteFile(s.file(), fmt.Appendf(nil, quiet+format, args...), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) assemble() (*Service, error) {
	from := layers.Layers{Name: "probe", File: s.file(), Check: checks.Mistakes}
	return New(context.Background(), Options{
		Name:    "probe",
		Loader:  from.Loader(command.Input{ConfigFile: s.file(), Explicit: true}),
		History: s.history,
		Setup:   s.setup,
	})
}

// section adds one of the application's to the config.
func section[T any](s *Service, name string) (*config.Live[T], error) {
	if err := s.Config().AddSection(name, new(T)); err != nil {
		return nil, err
	}
	return config.LiveOf[T](s.Config().Store(), name)
}

func isConfigError(err error) bool {
	var bad *command.ConfigError
	return errors.As(err, &bad)
}

// start a service and wait until it is ready. It is stopped with the test, or
// before by the function.
func (s *site) start() (a *Service, stop func()) {
	s.t.Helper()
	a, err := s.assemble()
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error("the service ended with ", err)
		}
	})
	s.t.Cleanup(stop)
	await(s.t, "the service is ready", func() bool { return a.machine.State() == lifecycle.Ready })
	return a, stop
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

func answers(address string) bool {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + "/livez")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// persistent is a connection that is kept open.
type persistent struct {
	net.Conn
	reader *bufio.Reader
}

func connect(t *testing.T, address string) *persistent {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &persistent{conn, bufio.NewReader(conn)}
}

func (p *persistent) get(t *testing.T) {
	t.Helper()
	_, err := p.Write([]byte("GET /livez HTTP/1.1\r\nHost: probe\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(p.reader, nil)
	if err != nil {
		t.Fatal("a kept connection: ", err)
	}
	if _, err := response.Body.Read(make([]byte, 100)); response.StatusCode != http.StatusOK || response.Close {
		t.Fatalf("a kept connection: %s, %v", response.Status, err)
	}
}
