//go:build linux

package restart

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// A unit that keeps no descriptors, or fewer than there are, loses no request either: each
// connection is told to come back on a new one, which waits in systemd's socket. The
// unit's lack is told.
func TestAUnitWithoutAStoreLosesNoRequest(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		for most, said := range map[string]map[string]string{
			"0": {
				"gind status": keepsNone, "gind check": keepsNone, "journalctl -u gind -p warning -o cat": keepsNone,
			},
			"1": {"journalctl -u gind -p warning -o cat": "listeners are not kept open for the next process"},
		} {
			service.DropIn(m, "gind.service", "[Service]\nFileDescriptorStoreMax="+most)
			service.StartForLoad(m, "listeners:", "  http: {address: ':8080'}", "  admin: {address: ':8081'}")
			m.Run(service.Restart)
			restartUnderLoad(t, m)
			m.Run("curl --fail --silent --max-time 5 http://127.0.0.1:8081/livez")
			for command, want := range said {
				wantText(t, m.Run(command), want)
			}
		}
	})
}

const keepsNone = "the unit keeps no descriptors: FileDescriptorStoreMax= is 0"

func restartUnderLoad(t *testing.T, m *machine.Machine) {
	t.Helper()
	const conns = 50
	process := service.Property(m, "MainPID")
	load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond, Exchange: comingBack(m)})
	m.Run("curl --fail --silent --max-time 20 'http://127.0.0.1:8080/slow?for=2s' >/root/slow 2>&1 </dev/null & sleep 0.2")
	for range 3 {
		m.Run(service.Restart)
	}
	m.Await(5*time.Second, "grep after /root/slow")
	traffic.Stop(t, load, conns)
	if service.Property(m, "MainPID") == process {
		t.Error("the main process is the same")
	}
}

// comingBack makes a request, on a new connection where the last answer has asked for one.
func comingBack(m *machine.Machine) func(*client.Conn) error {
	dial := traffic.Dialer(m)
	var ended sync.Map
	return func(c *client.Conn) error {
		if _, isEnded := ended.LoadAndDelete(c); isEnded {
			_ = c.Close()
			conn, err := dial()
			if err != nil {
				return err
			}
			*c = *client.New(conn)
		}
		number := traffic.NextNumber()
		answer, err := c.Do(fmt.Sprintf("GET /echo?number=%d HTTP/1.1\r\nHost: gind\r\n\r\n", number))
		if err != nil {
			return err
		}
		if answer.Last {
			ended.Store(c, true)
		}
		answer.Last = false
		return traffic.Echoed(c, number, answer)
	}
}
