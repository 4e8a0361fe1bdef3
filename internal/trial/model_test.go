package trial

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// TestACrashStartsTheLastProgramThatHasProvenItself, after any sequence of packages,
// upgrades that succeed or fail, choices, trials that end, and crashes.
func TestACrashStartsTheLastProgramThatHasProvenItself(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 60 {
		m := newModel(t)
		for range 40 {
			m.step(random.IntN(8))
		}
	}
}

// model is what a person says of a service: which version has proven itself last, and
// which one serves.
type model struct {
	*host
	process *process
	proven  string
	done    []string
	newer   int
}

func newModel(t *testing.T) *model {
	h := newHost(t)
	return &model{host: h, process: h.start(h.link), proven: "1", newer: 1}
}

func (m *model) step(which int) {
	m.t.Helper()
	switch which {
	case 0:
		m.did("package")
		m.unpack(m.process, m.next())
	case 1:
		m.did("another program elsewhere")
		if m.process.Running != m.other && m.process.Next() != m.other { // who replaces what runs has no way back
			m.install(m.other, m.next())
		}
	case 2:
		m.did("upgrade")
		m.upgrade(m.newest)
	case 3:
		m.did("upgrade refused") // before anything is written down
	case 4:
		m.did("to")
		if m.version(m.other) != "" {
			m.upgrade(m.other)
		}
	case 5:
		m.did("back")
		if path := m.process.Back(m.process.trial); path != "" {
			if same, _ := m.process.Runs(path); same {
				m.t.Fatalf("back leads to what runs, %q:%v", m.done, m.host)
			}
			m.upgrade(path)
		}
	case 6:
		m.did("pass")
		if t := m.process.trial; t != nil {
			same, _ := m.process.Runs(t.Program)
			if passed := m.pass(m.process); passed != same {
				m.t.Fatalf("the trial was passed: %v, want %v, %q:%v", passed, same, m.done, m.host)
			} else if passed {
				m.proven = m.process.version
			}
		}
	case 7:
		m.did("crash")
		next, _ := m.crash(m.process)
		m.process = next
	}
	m.check()
}

func (m *model) check() {
	m.t.Helper()
	if got := m.version(m.link); got != m.proven {
		m.t.Fatalf("a crash starts version %q, want %q, after %q:%v", got, m.proven, m.done, m.host)
	}
	if p := m.process; p.trial == nil && p.version != m.proven {
		if same, _ := p.Runs(p.Running); same {
			m.t.Fatalf("version %s serves, has proven itself and is on disk, and a crash starts %s, after %q:%v", p.version, m.proven, m.done, m.host)
		}
	}
}

func (m *model) upgrade(path string) {
	m.t.Helper()
	m.process = m.succeed(m.process, path)
	if m.process.trial == nil {
		m.proven = m.process.version
	}
}

func (m *model) next() string {
	m.newer++
	return strconv.Itoa(m.newer)
}

func (m *model) did(what string) { m.done = append(m.done, what) }
