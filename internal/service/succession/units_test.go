package succession

import (
	"strings"
	"testing"

	"github.com/gind/gind/internal/socketunit"
)

func TestAUnitThatIsNotWhatListensIsTold(t *testing.T) {
	unit := socketunit.Socket{Unit: "shop.socket", Name: "http", Active: true, Streams: []string{"[::]:80", "/run/shop.sock"}}
	for name, c := range map[string]struct {
		own, passed []string
		want        string
	}{
		"as it says":        {passed: []string{"[::]:80", "/run/shop.sock"}},
		"not a listener":    {},
		"another address":   {passed: []string{"[::]:8080", "/run/shop.sock"}, want: "shop.socket says [::]:80, /run/shop.sock for the listener http, and what listens is still /run/shop.sock, [::]:8080: systemctl stop shop.socket"},
		"one is not opened": {passed: []string{"/run/shop.sock"}, want: "what listens is still /run/shop.sock"},
		"none is passed":    {own: []string{"127.0.0.1:8080"}, want: "shop.socket has passed no socket for the listener http, and the service has opened 127.0.0.1:8080 itself"},
	} {
		if got := isStale(unit, c.own, c.passed); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	unit.Active = false
	if got := isStale(unit, nil, unit.Streams); !strings.Contains(got, "shop.socket is stopped") {
		t.Errorf("of one that is stopped: %q", got)
	}
}
