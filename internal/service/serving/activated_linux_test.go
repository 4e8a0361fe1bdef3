package serving

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gind/gind/internal/listener"
)

// TestASocketOfSystemdsStaysUntilARestart: it can't be given back, and its address is
// systemd's matter.
func TestASocketOfSystemdsStaysUntilARestart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{Server: answer(http.StatusNoContent, "")})
	if err := s.Open([]listener.Spec{{Name: "web", Address: ":1"}}, []listener.Inherited{{Name: "web", File: file}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stage(s, listeners{"web": {Address: ":1"}}, listeners{}); err == nil || !strings.Contains(err.Error(), "listener web: its socket is systemd's") {
		t.Errorf("refused with %v", err)
	}
	change, err := stage(s, listeners{"web": {Address: ":1"}}, listeners{"web": {Address: ":2"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Commit(); err != nil || len(s.Requests()) != 1 || s.Requests()[0].Addr().String() != l.Addr().String() {
		t.Errorf("%v; %d listeners", err, len(s.Requests()))
	}
}
