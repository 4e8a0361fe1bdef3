//go:build linux

package vmtests

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/machine"
)

// often lets a service be restarted as often as a test likes.
const often = "[Unit]\nStartLimitIntervalSec=0"

// The ways in which a process follows another one.
const (
	restart = "systemctl restart gind"
	upgrade = "gind upgrade"
)

// rounds is how often a process follows another one in a test.
const rounds = 20

func TestRestartsAndUpgradesKeepConnections(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		prepare(m)
		for _, way := range []string{restart, upgrade} {
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
	rounds := roundsOr(t, 4)
	var turn sync.Mutex
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		turn.Lock()
		defer turn.Unlock()
		prepare(m)
		load := startLoad(t, m, client.Options{Conns: conns, Pause: 3 * time.Second})
		for _, way := range []string{restart, upgrade} {
			t.Logf("%s: %v", way, repeat(m, way, rounds))
		}
		stopLoad(t, load, conns)
	})
}

// prepare starts testapp so that it can be restarted under load: often, and
// with the processor for the load and not for the log.
func prepare(m *machine.Machine, config ...string) {
	dropIn(m, "gind.service", often)
	configure(m, append([]string{"log:", "  access: false"}, config...)...)
	m.Run("systemctl start gind.socket gind")
}

func keepConnections(t *testing.T, m *machine.Machine, way string, conns int) {
	t.Helper()
	wrk := startWrk(t, m, conns, "/ok")
	load := startLoad(t, m, client.Options{Conns: conns, Pause: time.Second})
	before := lasting(m)
	times := repeat(m, way, rounds)
	after := established(m)
	t.Logf("%d x %q: %v", len(times), way, times)
	stopLoad(t, load, conns)
	t.Log(wrk.stop())
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

// wrk is a load generator that asks as fast as it is answered.
type wrk struct {
	t      *testing.T
	cmd    *exec.Cmd
	output strings.Builder
}

func startWrk(t *testing.T, m *machine.Machine, conns int, path string, more ...string) *wrk {
	t.Helper()
	w := &wrk{t: t}
	args := append([]string{"-t2", "-c" + strconv.Itoa(conns), "-d20m", "--timeout", "20s"}, more...)
	w.cmd = m.Command(context.Background(), "wrk", append(args, origin+path)...)
	w.cmd.Stdout, w.cmd.Stderr = &w.output, &w.output
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	time.Sleep(500 * time.Millisecond) // until it has all its connections
	return w
}

// stop ends wrk, which must have seen no error. It returns what wrk has to say.
func (w *wrk) stop() string {
	w.t.Helper()
	_ = w.cmd.Process.Signal(os.Interrupt)
	err := w.cmd.Wait()
	report := w.output.String()
	if err != nil || !strings.Contains(report, "Requests/sec") ||
		strings.Contains(report, "Socket errors") || strings.Contains(report, "Non-2xx") {
		w.t.Errorf("wrk: %v\n%s", err, report)
	}
	return report
}

// One slow request does not hold the others up: they are served while it ends.
func TestSlowRequestHoldsNobodyUp(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns, long = 50, 8 * time.Second
		prepare(m)
		for _, way := range []string{restart, upgrade} {
			process := property(m, "MainPID")
			load := startLoad(t, m, client.Options{Conns: conns, Pause: 100 * time.Millisecond})
			answer := askLater(m, long)
			m.Run(way)
			if property(m, "MainPID") == process {
				t.Errorf("%s: the main process is the same", way)
			}
			if got := <-answer; got != process {
				t.Errorf("%s: the slow request was answered with %q, not by process %s", way, got, process)
			}
			wantQuick(t, stopLoad(t, load, conns))
		}
	})
}
