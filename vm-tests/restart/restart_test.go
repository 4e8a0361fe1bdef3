//go:build linux

package restart

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// rounds is how often a process follows another one in a test.
const rounds = 20

func TestRestartsAndUpgradesKeepConnections(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		for _, way := range []string{service.Restart, service.Upgrade} {
			for _, conns := range []int{100, 1000} {
				keepConnections(t, m, way, conns)
			}
		}
	})
}

// As many connections as the files of one container allow, with fewer rounds:
// each takes seconds. One machine at a time, for the same reason.
func TestTenThousandConnectionsAreKept(t *testing.T) {
	const conns = 10_000
	rounds := machine.Rounds(t, 4)
	var turn sync.Mutex
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		turn.Lock()
		defer turn.Unlock()
		service.StartForLoad(m)
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 3 * time.Second})
		for _, way := range []string{service.Restart, service.Upgrade} {
			t.Logf("%s: %v", way, repeat(m, way, rounds))
		}
		traffic.Stop(t, load, conns)
	})
}

func keepConnections(t *testing.T, m *machine.Machine, way string, conns int) {
	t.Helper()
	wrk := traffic.StartWrk(t, m, conns, "/ok")
	load := traffic.Start(t, m, client.Options{Conns: conns, Pause: time.Second})
	before := lasting(m)
	times := repeat(m, way, rounds)
	after := established(m)
	t.Logf("%d x %q: %v", len(times), way, times)
	traffic.Stop(t, load, conns)
	t.Log(wrk.Stop())
	for port := range before {
		if !after[port] {
			t.Errorf("%s: the connection from %s is gone", way, port)
		}
	}
}

// repeat lets processes follow each other, and says how long each took.
func repeat(m *machine.Machine, way string, rounds int) (times []time.Duration) {
	for range rounds {
		begun := time.Now()
		m.Run(way)
		times = append(times, time.Since(begun).Round(time.Millisecond))
		time.Sleep(100 * time.Millisecond)
	}
	return times
}

// established are the addresses of all clients that are connected.
func established(m *machine.Machine) map[string]bool {
	clients := map[string]bool{}
	for _, client := range strings.Fields(m.Run("ss --no-header --numeric --tcp state established '( dport = :8080 )' | awk '{ print $3 }'")) {
		clients[client] = true
	}
	return clients
}

// lasting are those that were connected a moment ago as well: the service's own
// probes are not.
func lasting(m *machine.Machine) map[string]bool {
	clients := established(m)
	time.Sleep(time.Second)
	now := established(m)
	maps.DeleteFunc(clients, func(client string, _ bool) bool { return !now[client] })
	return clients
}

// One slow request does not hold the others up: they are served while it ends.
func TestSlowRequestHoldsNobodyUp(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns, long = 50, 8 * time.Second
		service.StartForLoad(m)
		for _, way := range []string{service.Restart, service.Upgrade} {
			process := service.Property(m, "MainPID")
			load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 100 * time.Millisecond})
			answer := askLater(m, long)
			m.Run(way)
			if service.Property(m, "MainPID") == process {
				t.Errorf("%s: the main process is the same", way)
			}
			if got := <-answer; got != process {
				t.Errorf("%s: the slow request was answered with %q, not by process %s", way, got, process)
			}
			wantQuick(t, traffic.Stop(t, load, conns))
		}
	})
}
