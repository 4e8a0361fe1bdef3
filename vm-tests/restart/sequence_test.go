//go:build linux

package restart

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// sequenceTime is how long one machine is led astray.
const sequenceTime = 70 * time.Second

// What listens is what config and socket unit say and nothing else, and each listener
// answers, after any sequence of changes, restarts, reloads, upgrades and crashes.
// GIND_VM_SEED takes a sequence again.
func TestWhatListensIsWhatConfigAndSocketUnitsSay(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("GIND_VM_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GIND_VM_SEED=%d", seed)
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.socket", service.Often)
		service.DropIn(m, "gind.service", "[Service]\nRestartSteps=0\nRestartSec=100ms")
		s := &sequence{t: t, m: m, random: rand.New(rand.NewPCG(seed, 0)), wanted: listeners{}, unit: []string{"8080"}, passed: []string{"8080"}}
		service.StartForLoad(m)
		s.write()
		s.restart()
		for begun := time.Now(); time.Since(begun) < sequenceTime && !t.Failed(); {
			s.step()
			s.check()
		}
		if t.Failed() {
			t.Logf("after\n%s", strings.Join(s.done, "\n"))
		}
	})
}

// listeners are addresses by name.
type listeners map[string]string

// sequence is what has been done to a machine, and what should have come of it.
type sequence struct {
	t      *testing.T
	m      *machine.Machine
	random *rand.Rand
	done   []string

	wanted listeners // by the config, beside the one that systemd passes
	unit   []string  // ListenStream= of the socket unit
	open   listeners // what the service has opened itself
	passed []string  // what systemd has passed to it
}

// overruled is where the listener http would be without a socket unit.
const overruled = ":8090"

func (s *sequence) step() {
	steps := []func(){
		s.reload, s.reload, s.reload, s.refusedReload, s.restart, s.change, s.upgrade, s.upgrade, s.kill,
		s.moveUnit, s.moveUnitHalfway, s.port,
	}
	steps[s.random.IntN(len(steps))]()
}

// run a line of shell, which succeeds or fails.
func (s *sequence) run(line string, status int) {
	s.t.Helper()
	s.done = append(s.done, fmt.Sprintf("%s\t# %v %v", line, s.wanted, s.unit))
	if got := s.m.Try(line); got.Status != status {
		s.t.Errorf("%s: exit status %d, want %d\n%s", line, got.Status, status, got.Output)
	}
}

// restarted is what a new process opens: all that is wanted.
func (s *sequence) restarted() { s.open = maps.Clone(s.wanted) }

func (s *sequence) restart() {
	s.run(service.Restart, 0)
	s.restarted()
}

func (s *sequence) change() {
	s.randomConfig()
	s.restart()
}

func (s *sequence) reload() {
	s.randomConfig()
	s.run("gind reload", 0)
	stuck := s.inTheWay()
	now := listeners{}
	for name, address := range s.wanted {
		if !stuck[name] {
			now[name] = address
		}
	}
	for name, address := range s.open {
		if stuck[name] {
			now[name] = address
		}
	}
	s.open = now
}

// inTheWay of each other are listeners of which one is to leave an address that overlaps
// with one that is to come: they wait for a restart.
func (s *sequence) inTheWay() map[string]bool {
	stuck := map[string]bool{}
	for holder, old := range s.open {
		for name, next := range s.wanted {
			if s.wanted[holder] != old && next != s.open[name] && overlap(old, next) {
				stuck[holder], stuck[name] = true, true
			}
		}
	}
	return stuck
}

func (s *sequence) refusedReload() {
	s.m.Run("cp /etc/gind/gind.d/listeners.yaml /root/listeners.yaml")
	s.m.Write("/etc/gind/gind.d/listeners.yaml", "listeners: {a: {address: '127.0.0.1:8099'}, b: {address: nonsense}}\n")
	s.run("gind reload", 78)
	s.m.Run("cp /root/listeners.yaml /etc/gind/gind.d/listeners.yaml")
}

// upgrade to what the config says now. A predecessor's socket is in the way of another
// one that overlaps with it.
func (s *sequence) upgrade() {
	if s.random.IntN(2) == 0 {
		s.randomConfig()
	}
	for name, next := range s.wanted {
		for _, old := range s.open {
			if s.open[name] != next && overlap(old, next) {
				s.run(service.Upgrade+" 2>&1 | tee /root/upgrade; grep -q 'restart the service instead' /root/upgrade", 0)
				return
			}
		}
	}
	s.run(service.Upgrade, 0)
	s.restarted()
}

func (s *sequence) kill() {
	before := service.Property(s.m, "MainPID")
	s.run("systemctl kill --signal=KILL gind", 0)
	s.m.Await(30*time.Second, "test $(systemctl show --value --property=MainPID gind) != "+before+" && systemctl is-active gind")
	s.restarted()
}

// moveUnit as an operator who knows how.
func (s *sequence) moveUnit() {
	s.randomUnit()
	s.run("systemctl stop gind.socket && systemctl restart gind", 0)
	s.passed = s.unit
	s.restarted()
}

// moveUnitHalfway restarts the service alone at first: systemd has no other sockets for
// it then than those that have not moved.
func (s *sequence) moveUnitHalfway() {
	before := s.unit
	s.randomUnit()
	if slices.Equal(before, s.unit) {
		return
	}
	s.restart()
	s.passed = slices.DeleteFunc(slices.Clone(before), func(stream string) bool { return !slices.Contains(s.unit, stream) })
	s.check()
	s.run("systemctl stop gind.socket && systemctl restart gind", 0)
	s.passed = s.unit
}

func (s *sequence) port() {
	port := strconv.Itoa(8070 + s.random.IntN(3))
	for i, stream := range s.unit {
		if !strings.HasPrefix(stream, "/") {
			s.unit[i] = stream[:strings.LastIndex(stream, ":")+1] + port
		}
	}
	before := service.Property(s.m, "MainPID")
	s.run("gind port "+port, 0)
	s.passed = s.unit
	if service.Property(s.m, "MainPID") != before { // else it was that port already
		s.restarted()
	}
}

func (s *sequence) randomUnit() {
	port := strconv.Itoa(8070 + s.random.IntN(3))
	s.unit = [][]string{
		{port}, {"127.0.0.1:" + port}, {"127.0.0.1:" + port, "[::1]:" + port}, {port, "/run/gind-web.sock"},
	}[s.random.IntN(4)]
	text := "[Socket]\nListenStream=\n"
	for _, stream := range s.unit {
		text += "ListenStream=" + stream + "\n"
	}
	s.m.Run("mkdir -p /etc/systemd/system/gind.socket.d; rm -f " + dropIn)
	s.m.Write("/etc/systemd/system/gind.socket.d/a.conf", text)
	s.run("systemctl daemon-reload", 0)
}

// randomConfig of listeners that can all be had at the same time.
func (s *sequence) randomConfig() {
	places := [][]string{
		{"127.0.0.1:8081", ":8081", "[::1]:8081"}, {"127.0.0.1:8082", ":8082", "[::1]:8082"},
		{"127.0.0.1:8083", ":8083"}, {"unix:/run/gind/p-1.sock"}, {"unix:/run/gind/p-2.sock"},
	}
	s.random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	s.wanted = listeners{}
	for i, name := range []string{"a", "b", "c"} {
		if s.random.IntN(4) > 0 {
			s.wanted[name] = places[i][s.random.IntN(len(places[i]))]
		}
	}
	s.write()
}

func (s *sequence) write() {
	text := "listeners:\n  http: {address: '" + overruled + "'}\n"
	for _, name := range slices.Sorted(maps.Keys(s.wanted)) {
		text += fmt.Sprintf("  %s: {address: '%s'}\n", name, s.wanted[name])
	}
	s.m.Write("/etc/gind/gind.d/listeners.yaml", text)
}

// overlap reports whether two addresses can't be bound at the same time.
func overlap(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	if strings.HasPrefix(a, "unix:") || strings.HasPrefix(b, "unix:") {
		return a == b
	}
	return portA == portB && (hostA == "" || hostB == "" || hostA == hostB)
}

// check that what should listen does, and nothing else.
func (s *sequence) check() {
	s.t.Helper()
	want := []string{}
	for _, address := range s.open {
		want = append(want, asListed(address))
	}
	for _, stream := range s.passed {
		want = append(want, asListed(stream))
	}
	if len(s.passed) == 0 {
		want = append(want, asListed(s.unit[0])) // the service has opened it itself
	}
	slices.Sort(want)
	var got []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = s.listening(); slices.Equal(got, want) {
			break
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("after %s:\n%q listen, want\n%q", s.done[len(s.done)-1], got, want)
	}
	for _, address := range got {
		ask := "http://" + strings.Replace(address, "*", "127.0.0.1", 1) + "/livez"
		if strings.HasPrefix(address, "/") {
			ask = "--unix-socket " + address + " http://localhost/livez"
		}
		if result := s.m.Try("curl --fail --silent --show-error --max-time 10 " + ask); result.Status != 0 {
			s.t.Errorf("after %s:\n%s is not answered: %s", s.done[len(s.done)-1], address, result.Output)
		}
	}
}

// listening are the addresses of TCP sockets, and the Unix sockets that could be ours.
func (s *sequence) listening() []string {
	unix := strings.Fields(s.m.Run("ss --no-header --listening --unix | awk '{ print $5 }' | grep -E '^/run/gind(/p-|-web)' || true"))
	all := append(listening(s.m), unix...)
	slices.Sort(all)
	return all
}

// asListed is an address as ss has it.
func asListed(address string) string {
	address = strings.TrimPrefix(address, "unix:")
	if _, err := strconv.Atoi(address); err == nil {
		return "*:" + address
	}
	if strings.HasPrefix(address, ":") {
		return "*" + address
	}
	return address
}
