//go:build linux

package vmtests

import (
	"context"
	"fmt"
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

// The connections of one release are all that the files of one process allow.
func TestTenThousandConnectionsAreKept(t *testing.T) {
	var turn sync.Mutex
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 10_000
		turn.Lock()
		defer turn.Unlock()
		prepare(m)
		t.Log(m.Run("cat /proc/$(systemctl show --value -p MainPID gind)/limits | grep open"))
		begun := time.Now()
		load := startLoad(t, m, client.Options{Conns: conns, Pause: 3 * time.Second})
		t.Log("connected", time.Since(begun))
		for _, way := range []string{restart, upgrade} {
			t.Logf("%s: %v", way, repeat(m, way, rounds))
		}
		stopLoad(t, load, conns)
		t.Log(m.Run("journalctl --no-pager -o short-precise| tail -400"))
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
	wrk := startWrk(t, m, conns)
	load := startLoad(t, m, client.Options{Conns: conns, Pause: time.Second})
	before := established(m)
	times := repeat(m, way, rounds)
	after := established(m)
	t.Logf("%d x %q: %v", len(times), way, times)
	stopLoad(t, load, conns)
	wrk.stop()
	if before != after {
		t.Errorf("%s: not the same connections:\nbefore: %s\nafter:  %s", way, before, after)
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

// established are the ports of all clients that are connected.
func established(m *machine.Machine) string {
	return m.Run("ss --no-header --numeric --tcp state established '( dport = :8080 )' | awk '{ print $3 }' | sort")
}

// wrk is a load generator that asks as fast as it is answered.
type wrk struct {
	t      *testing.T
	cmd    *exec.Cmd
	output strings.Builder
}

func startWrk(t *testing.T, m *machine.Machine, conns int) *wrk {
	t.Helper()
	w := &wrk{t: t}
	w.cmd = m.Command(context.Background(), "wrk", "-t2", "-c"+strconv.Itoa(conns), "-d10m", "--timeout", "20s", origin+"/ok")
	w.cmd.Stdout, w.cmd.Stderr = &w.output, &w.output
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	time.Sleep(500 * time.Millisecond) // until it has all its connections
	return w
}

// stop ends wrk, which must have seen no error.
func (w *wrk) stop() {
	w.t.Helper()
	_ = w.cmd.Process.Signal(os.Interrupt)
	err := w.cmd.Wait()
	report := w.output.String()
	if err != nil || !strings.Contains(report, "Requests/sec") ||
		strings.Contains(report, "Socket errors") || strings.Contains(report, "Non-2xx") {
		w.t.Errorf("wrk: %v\n%s", err, report)
	}
	w.t.Log(fmt.Sprint(report))
}

// One slow request does not hold the others up: they are served while it ends.
func TestSlowRequestHoldsNobodyUp(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns, long = 50, 8 * time.Second
		prepare(m)
		for _, way := range []string{restart, upgrade} {
			process := property(m, "MainPID")
			load := startLoad(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
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
