package port

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gind/gind/internal/socketunit"
)

// systemd is one with shop.socket, whose files it reads at a reload.
type systemd struct {
	files   []string
	socket  socketunit.Socket
	service socketunit.Service
	did     []string
	broken  string // what fails
}

func (s *systemd) Service(context.Context, string) (socketunit.Service, error) { return s.service, nil }
func (s *systemd) Sockets(context.Context, string) ([]socketunit.Socket, error) {
	return []socketunit.Socket{s.socket}, nil
}
func (s *systemd) Socket(context.Context, string) (socketunit.Socket, error) { return s.socket, nil }

func (s *systemd) Reload(context.Context) error {
	lines, err := socketunit.Listens(s.files)
	s.socket.Streams, s.socket.Files = nil, s.files
	for _, l := range lines {
		address := l.Value
		if _, err := strconv.Atoi(address); err == nil {
			address = "[::]:" + address
		}
		s.socket.Streams = append(s.socket.Streams, address)
	}
	return errors.Join(err, s.do("reload"))
}

func (s *systemd) Start(_ context.Context, unit string) error { return s.do("start " + unit) }
func (s *systemd) Stop(_ context.Context, unit string) error  { return s.do("stop " + unit) }
func (s *systemd) Restart(_ context.Context, unit string) error {
	return s.do("restart " + unit)
}

func (s *systemd) do(what string) error {
	if s.did = append(s.did, what); what == s.broken {
		s.broken = ""
		return errors.New("it does not work")
	}
	return nil
}

// packaged is a service that listens on 8080, as its package has it.
func packaged(t *testing.T) (*Port, *systemd) {
	t.Helper()
	folder := t.TempDir()
	unit := filepath.Join(folder, "shop.socket")
	if err := os.WriteFile(unit, []byte("[Socket]\nListenStream=8080\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &systemd{
		files:   []string{unit, filepath.Join(folder, "shop.socket.d", "port.conf")},
		service: socketunit.Service{Loaded: true, State: "active", MainPID: 7},
	}
	_ = s.Reload(t.Context())
	s.socket.Unit, s.socket.Active, s.did = "shop.socket", true, nil
	return &Port{Name: "shop", Systemd: s, Folder: folder, Ask: func(context.Context, string, int) error { return nil }}, s
}

// unused is a port that nobody listens on.
func unused(t *testing.T) (port int, listener net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port, l
}

func TestTheSocketOpensBetweenTheServicesEndAndItsStart(t *testing.T) {
	p, s := packaged(t)
	port, l := unused(t)
	_ = l.Close()
	if _, err := p.Change(t.Context(), port); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(s.did, ", "), "reload, stop shop.socket, restart shop.service"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	if _, err := p.Change(t.Context(), 8080); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.files[1]); !os.IsNotExist(err) {
		t.Errorf("the packaged port has a drop-in: %v", err)
	}
}

func TestWhatDoesNotAnswerIsPutBack(t *testing.T) {
	port, l := unused(t)
	_ = l.Close()
	for _, broken := range []string{"ask", "reload", "stop shop.socket", "restart shop.service"} {
		p, s := packaged(t)
		s.broken = broken
		if broken == "ask" {
			p.Ask = func(context.Context, string, int) error { return errors.New("it does not work") }
		}
		_, err := p.Change(t.Context(), port)
		if err == nil || !strings.Contains(err.Error(), "it does not work") || !strings.Contains(err.Error(), "everything is as it was, shop.socket on port 8080") {
			t.Errorf("%s: error %v", broken, err)
		}
		if _, err := os.Stat(s.files[1]); !os.IsNotExist(err) || s.socket.Streams[0] != "[::]:8080" {
			t.Errorf("%s: %v, and systemd has %v", broken, err, s.socket.Streams)
		}
		if last := s.did[len(s.did)-1]; last != "restart shop.service" {
			t.Errorf("%s: the last that was done is %s", broken, last)
		}
	}
}

func TestAPortThatIsTakenIsRefusedWithWhoHasIt(t *testing.T) {
	p, s := packaged(t)
	port, _ := unused(t)
	_, err := p.Change(t.Context(), port)
	if err == nil || !strings.Contains(err.Error(), "is taken by ") || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) || s.did != nil {
		t.Errorf("error %v, did %v", err, s.did)
	}
	if s.service.MainPID = os.Getpid(); true {
		if _, err := p.Change(t.Context(), port); err == nil || !strings.Contains(err.Error(), "another listener of shop itself") {
			t.Errorf("error %v", err)
		}
	}
}

// TestAskWantsAnAnswerOfTheServiceItself, whatever that is.
func TestAskWantsAnAnswerOfTheServiceItself(t *testing.T) {
	port, l := unused(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1000))
			_, _ = conn.Write([]byte("HTTP/1.0 503 No\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	address := net.JoinHostPort("::", strconv.Itoa(port))
	if err := Ask(t.Context(), address, os.Getpid()); err != nil {
		t.Error(err)
	}
	if err := Ask(t.Context(), address, 1); err == nil || !strings.Contains(err.Error(), "process 1, which is the service, does not listen there") {
		t.Errorf("of another process: error %v", err)
	}
}
