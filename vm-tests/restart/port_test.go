//go:build linux

package restart

import (
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

const dropIn = "/etc/systemd/system/gind.socket.d/port.conf"

// One command changes the port: connections of the old one live on, the address stays, and
// what the package has needs no drop-in.
func TestOneCommandChangesThePort(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 20
		service.StartForLoad(m)
		wantText(t, m.Run("gind port"), "gind.socket, listener http: [::]:8080")
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 50 * time.Millisecond})
		wantText(t, m.Run("gind port 80"), "gind.socket listens on port 80 instead of 8080, and gind.service answers there")
		wantListening(t, m, "*:80")
		traffic.Stop(t, load, conns)
		wantText(t, m.Run("cat "+dropIn), "gind port 80", "ListenStream=\nListenStream=80")
		wantText(t, m.Run("gind port"), "[::]:80")
		wantText(t, m.Run("gind port 80"), "nothing to do")
		m.Run(service.Restart)
		wantListening(t, m, "*:80")
		m.Run("gind port 8080")
		wantListening(t, m, "*:8080")
		m.Fail(1, "test -e "+dropIn)

		service.DropIn(m, "gind.socket", "[Socket]\nListenStream=\nListenStream=127.0.0.1:8080\nListenStream=[::1]:8080\nListenStream=/run/gind-web.sock")
		m.Run("systemctl stop gind.socket && systemctl restart gind")
		m.Run("mv /etc/systemd/system/gind.socket.d/test.conf /etc/systemd/system/gind.socket.d/a.conf && gind port 8085")
		wantListening(t, m, "127.0.0.1:8085", "[::1]:8085")
		m.Run("curl --fail --silent --max-time 5 --unix-socket /run/gind-web.sock http://localhost/livez")

		m.Run("systemctl stop gind.service")
		m.Run("gind port 8086")
		wantListening(t, m, "127.0.0.1:8086", "[::1]:8086")
		m.Run("systemctl stop gind.service gind.socket")
		wantText(t, m.Run("gind port 8087"), "once it is started")
		m.Run("systemctl start gind.service")
		wantListening(t, m, "127.0.0.1:8087", "[::1]:8087")
	})
}

// A port that can't be had, or at which nobody answers, leaves everything as it is.
func TestAPortThatIsRefusedChangesNothing(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m, "listeners:", "  http: {address: ':8080'}", "  admin: {address: '127.0.0.1:8081'}", "health: {start_timeout: 6s}")
		taken, err := m.Listen("127.0.0.1:8082")
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, m.Fail(1, "gind port 8081"), "taken by another listener of gind itself")
		wantText(t, m.Fail(1, "gind port 8082"), "port 8082 is taken")
		taken.Close()
		for _, word := range []string{"0", "65536", "http"} {
			wantText(t, m.Fail(2, "gind port "+word), "is no port: a number from 1 to 65535 is")
		}
		wantText(t, m.Fail(1, "runuser -u gind -- gind port 8085"), "only root may change the port")
		m.Fail(1, "test -e "+dropIn)

		service.DropIn(m, "gind.socket", "[Socket]\nListenStream=\nListenStream=8080")
		wantText(t, m.Fail(1, "gind port 8085"), "does a drop-in after", "everything is as it was")
		m.Run("rm /etc/systemd/system/gind.socket.d/test.conf && systemctl daemon-reload")
		wantListening(t, m, "*:8080", "127.0.0.1:8081")

		m.Write("/etc/testapp-answer", "0\n") // from the next start on nobody is answered
		m.Run("chmod 644 /etc/testapp-answer; (sleep 3; rm /etc/testapp-answer) >/dev/null 2>&1 </dev/null &")
		service.DropIn(m, "gind.service", "[Service]\nRestart=no")
		wantText(t, m.Fail(1, "gind port 8085"), "everything is as it was, gind.socket on port 8080")
		m.Fail(1, "test -e "+dropIn)
		wantListening(t, m, "*:8080", "127.0.0.1:8081")

		m.Run("systemctl disable --now gind.socket gind; rm /usr/lib/systemd/system/gind.socket /lib/systemd/system/gind.socket; sed -i /^Sockets=/d /usr/lib/systemd/system/gind.service; systemctl daemon-reload")
		wantText(t, m.Fail(1, "gind port 8085"), `set listeners.http.address to ":8085" in /etc/gind/gind.yaml`)
	})
}
