package serving

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
)

// TestAServiceAnswersItselfBeforeItAccepts: a successor has to, while its predecessor
// accepts on the same sockets.
func TestAServiceAnswersItselfBeforeItAccepts(t *testing.T) {
	with := httptest.NewTLSServer(nil) // for its certificate, which is nobody's
	defer with.Close()
	secure := func(name string) *tls.Config {
		if name == "secure" {
			return with.TLS
		}
		return nil
	}
	s := open(t, Options{Server: answer(http.StatusNoContent, ""), TLS: secure}, tcp("web"),
		listener.Spec{Name: "secure", Address: "127.0.0.1:0", TLS: true},
		listener.Spec{Name: "unix", Address: "unix:" + filepath.Join(t.TempDir(), "socket")})
	if got, err := s.AskInPrivate(t.Context()); err != nil || got.Status != http.StatusNoContent {
		t.Errorf("answered %v, error %v", got, err)
	}
	s.Accept()
	if got, err := s.Ask(t.Context()); err != nil || got.Status != http.StatusNoContent {
		t.Errorf("then answered %v, error %v", got, err)
	}
}

func TestAServiceThatHangsDoesNotAnswerItself(t *testing.T) {
	hang := handler{func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	s := open(t, Options{Server: hang}, tcp("web"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.AskInPrivate(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "listener web: the probe: ") {
		t.Errorf("error %v", err)
	}
}

func TestTheWorstOfTheListenersAnswersCounts(t *testing.T) {
	byPort := handler{func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !peer.Addr().IsLoopback() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.TLS != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}}
	with := httptest.NewTLSServer(nil)
	defer with.Close()
	secure := func(name string) *tls.Config {
		if name == "secure" {
			return with.TLS
		}
		return nil
	}
	s := open(t, Options{Server: byPort, TLS: secure}, listener.Spec{Name: "secure", Address: "127.0.0.1:0", TLS: true}, tcp("web"))
	if got, err := s.AskInPrivate(t.Context()); err != nil || got.Status != http.StatusServiceUnavailable {
		t.Errorf("answered %v, error %v", got, err)
	}
	s = open(t, Options{Server: byPort}, tcp("web"))
	if got, err := s.AskInPrivate(t.Context()); err != nil || got.Status != http.StatusOK {
		t.Errorf("a client of this machine is answered %v, error %v", got, err)
	}
}
