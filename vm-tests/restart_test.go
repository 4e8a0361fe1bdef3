//go:build linux

package vmtests

import (
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/machine"
)

// often lets a service be restarted as often as a test likes.
const often = "[Unit]\nStartLimitIntervalSec=0"

func TestRestartKeepsConnections(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		t.Log("setup", time.Now())
		const conns = 100
		dropIn(m, "gind.service", often)
		configure(m, "log:", "  access: false")
		m.Run("systemctl start gind.socket gind")
		t.Log("setup", time.Now())
		for _, line := range []string{"systemctl restart gind", "gind upgrade"} {
		load := startLoad(t, m, client.Options{Conns: conns, Pause: 10 * time.Millisecond})
		for range 3 {
			begun := time.Now()
			m.Run(line)
			t.Log(line, time.Since(begun))
			time.Sleep(300 * time.Millisecond)
		}
		stopLoad(t, load, conns)
		}
		t.Log(m.Run("journalctl --no-pager -o short-precise| tail -60"))
	})
}
