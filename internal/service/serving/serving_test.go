package serving

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/wiring"
)

// handler is a Server: net/http's, and one path that it answers.
type handler struct{ http.HandlerFunc }

// Serve implements Server.
func (h handler) Serve(_ string, l net.Listener, secure *tls.Config) error {
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	server := &http.Server{Handler: h}
	if err := server.Serve(l); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// ThroughPath implements Server.
func (h handler) ThroughPath() string { return "/through" }

// answer what the path that gets through is asked.
func answer(status int, text string) handler {
	return handler{func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/through" || r.Host != "localhost" {
			http.Error(w, "this is not what is asked", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}}
}

// open a Serving that accepts nothing yet. It ends with the test.
func open(t *testing.T, o Options, specs ...listener.Spec) *Serving {
	t.Helper()
	var running sync.WaitGroup
	o.Listeners = listener.New()
	o.Go = func(run func(context.Context)) { running.Go(func() { run(t.Context()) }) }
	if o.TLS == nil {
		o.TLS = func(string) *tls.Config { return nil }
	}
	if o.Fail == nil {
		o.Fail = func(err error) { t.Error(err) }
	}
	s := New(o)
	if err := s.Open(specs, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Listeners.Close()
		running.Wait()
	})
	return s
}

func tcp(name string) listener.Spec { return listener.Spec{Name: name, Address: "127.0.0.1:0"} }

// TestAnyWholeAnswerIsAnAnswerToTheProbe: maintenance is not death.
func TestAnyWholeAnswerIsAnAnswerToTheProbe(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusFound, http.StatusUnauthorized, http.StatusNotFound,
		http.StatusInternalServerError, http.StatusServiceUnavailable} {
		s := open(t, Options{Server: answer(status, "")}, tcp("web"), listener.Spec{Name: "all", Address: ":0"})
		s.Accept()
		if got, err := s.Ask(t.Context()); err != nil || got.Status != status {
			t.Errorf("%d: answered %v, error %v", status, got, err)
		}
		if err := s.Probe(t.Context()); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	s := open(t, Options{Server: answer(http.StatusServiceUnavailable, "no database\nat all")}, tcp("web"))
	s.Accept()
	if got, err := s.Ask(t.Context()); err != nil || got.String() != "503 Service Unavailable: no database" {
		t.Errorf("answered %v, error %v", got, err)
	}
}

// TestAnAnswerThatBreaksOffIsNone, and no error has the path that nobody may know.
func TestAnAnswerThatBreaksOffIsNone(t *testing.T) {
	for name, half := range map[string]http.HandlerFunc{
		"nothing": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"no end": func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"too late": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half of it": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			_, _ = w.Write([]byte("1"))
		},
	} {
		s := open(t, Options{Server: handler{half}}, tcp("web"))
		s.Accept()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		err := s.Probe(ctx)
		if err == nil || !strings.HasPrefix(err.Error(), "listener web: the probe") || strings.Contains(err.Error(), "/through") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAListenerOnAllAddressesIsAskedOverIPv4WhereThereIsNoIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"[::]:80": "[::1]:80 127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "192.0.2.1:80": "192.0.2.1:80", "[2001:db8::1]:80": "[2001:db8::1]:80",
	} {
		addr, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(reachable(addr), " "); got != want {
			t.Errorf("%s is asked at %s, want %s", address, got, want)
		}
	}
}

func TestTheProbeSpeaksTLSToAListenerThatDoes(t *testing.T) {
	with := httptest.NewTLSServer(nil) // for its certificate, which is nobody's
	defer with.Close()
	s := open(t, Options{Server: answer(http.StatusNoContent, ""), TLS: func(string) *tls.Config { return with.TLS }},
		listener.Spec{Name: "web", Address: "127.0.0.1:0", TLS: true})
	s.Accept()
	if err := s.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAListenerThatNobodyAcceptsOnFailsTheProbe(t *testing.T) {
	s := open(t, Options{Server: answer(http.StatusNoContent, "")}, tcp("web"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Probe(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "listener web: ") {
		t.Errorf("nobody accepts: %v", err)
	}
	s.Accept()
	s.Listeners.Freeze(nil)
	<-s.Listeners.Frozen()
	if err := s.Probe(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "listener web: ") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the socket is closed: %v", err)
	}
}

// TestTheControlSocketIsNotForRequests: it is neither accepted on here nor asked.
func TestTheControlSocketIsNotForRequests(t *testing.T) {
	s := open(t, Options{Server: answer(http.StatusNoContent, "")}, tcp(wiring.ControlName), tcp("web"))
	if list := s.Requests(); len(list) != 1 || list[0].Name() != "web" {
		t.Errorf("%d listeners for requests", len(list))
	}
	s.Accept()
	if err := s.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}

// broken is a Server that gives a listener up.
type broken struct{ handler }

func (broken) Serve(string, net.Listener, *tls.Config) error {
	return errors.New("too many open files")
}

func TestAListenerThatEndsByItselfFailsTheService(t *testing.T) {
	failed := make(chan error, 1)
	s := open(t, Options{Server: broken{}, Fail: func(err error) { failed <- err }}, tcp("web"))
	s.Accept()
	if err := <-failed; err == nil || err.Error() != "listener web: too many open files" {
		t.Errorf("failed with %v", err)
	}
}
