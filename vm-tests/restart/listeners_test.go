//go:build linux

package restart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// What listens after a restart is what the config says, also where the new address is a
// part of the old one, whose socket systemd has kept.
func TestAnAddressMayBecomeNarrowerInARestart(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const all, loopback = ":8081", "127.0.0.1:8081"
		listens := map[string]string{all: "*:8081", loopback: loopback}
		for _, address := range []string{all, loopback, loopback, all} {
			service.Configure(m, "listeners:", "  http: {address: ':8080'}", "  admin: {address: '"+address+"'}")
			m.Run(service.Restart)
			wantListening(t, m, "*:8080", listens[address])
		}
	})
}

// A reload does not act on what systemd's socket overrules, and everybody who is asked
// says so.
func TestTheAddressOfAnActivatedListenerIsSaidNotToCount(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		m.Write("/etc/gind/gind.d/port.yaml", "listeners: {http: {address: ':8085'}}\n")
		wantText(t, m.Run("gind reload"), "listeners.http.address", "systemd passes the socket")
		wantText(t, m.Run("gind config show"), ":8085", "systemd passes the socket")
		wantText(t, m.Run("gind config show --running"), ":8085", "systemd passes the socket")
		wantText(t, m.Run("gind status"), "http on [::]:8080, from systemd, which counts instead of the config's :8085")
		wantListening(t, m, "*:8080")
	})
}

// The port of a socket unit that has moved is closed once the unit is opened anew, in
// whichever order that is done, and whatever the service has opened itself meanwhile.
func TestAnotherPortOfTheSocketUnitLeavesTheOldOneClosed(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.socket", service.Often)
		service.StartForLoad(m, "listeners:", "  http: {address: ':8080'}")
		for i, way := range []string{
			"systemctl stop gind.socket && systemctl restart gind",
			"systemctl restart gind; systemctl restart gind.socket gind; systemctl restart gind",
			"systemctl kill --signal=KILL gind; sleep 1; systemctl stop gind.socket; systemctl restart gind",
			"gind upgrade; gind reload; systemctl stop gind.socket; systemctl restart gind",
			"systemctl stop gind gind.socket; systemctl start gind.socket gind",
		} {
			port := []string{"8085", "8080"}[i%2]
			m.Run("mkdir -p /etc/systemd/system/gind.socket.d && printf '[Socket]\\nListenStream=\\nListenStream=" + port +
				"\\n' >/etc/systemd/system/gind.socket.d/other.conf && systemctl daemon-reload")
			wantText(t, m.Run("gind status"), "gind.socket says [::]:"+port+" for the listener http")
			m.Run(way + " || true")
			wantListening(t, m, "*:"+port)
			if status := m.Run("gind status"); strings.Contains(status, "gind.socket") {
				t.Errorf("%s: afterwards status is\n%s", way, status)
			}
		}
	})
}

func TestSeveralSocketsOfOneNameAllServe(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.socket", "[Socket]\nListenStream=127.0.0.1:8081\nListenStream=[::1]:8081\nListenStream=/run/gind-web.sock")
		service.StartForLoad(m)
		for _, way := range []string{service.Restart, service.Upgrade, "gind reload"} {
			m.Run(way)
			wantListening(t, m, "*:8080", "127.0.0.1:8081", "[::1]:8081")
			m.Run("curl --fail --silent --max-time 5 --unix-socket /run/gind-web.sock http://localhost/livez")
		}
	})
}

// wantListening awaits that these addresses listen and no others, and has each answer.
func wantListening(t *testing.T, m *machine.Machine, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got = listening(m); slices.Equal(got, want) {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q listen, want %q", got, want)
	}
	for _, address := range want {
		m.Run("curl --fail --silent --show-error --max-time 10 http://" + strings.Replace(address, "*", "127.0.0.1", 1) + "/livez")
	}
}

// listening are the addresses of TCP sockets that listen, as ss has them.
func listening(m *machine.Machine) []string {
	all := strings.Fields(m.Run("ss --no-header --numeric --listening --tcp | awk '{ print $4 }'"))
	slices.Sort(all)
	return all
}

func wantText(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, part := range want {
		if !strings.Contains(text, part) {
			t.Errorf("nothing says %q:\n%s", part, text)
		}
	}
}
