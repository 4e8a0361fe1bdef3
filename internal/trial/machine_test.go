package trial

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// host is a machine with one service: programs are files with their version in them.
type host struct {
	t                   *testing.T
	newest, kept, other string
	link                string
	processes           int
	written             time.Time
}

// process is one of the service's.
type process struct {
	Programs
	pid     int
	version string
	trial   *Trial
}

func newHost(t *testing.T) *host {
	t.Helper()
	root := t.TempDir()
	h := &host{
		t: t, newest: root + "/bin/shop", kept: root + "/before/shop", other: root + "/opt/shop",
		link: root + "/program/shop", written: time.Now(),
	}
	for _, path := range []string{h.newest, h.kept, h.other, h.link} {
		h.must(os.Mkdir(filepath.Dir(path), 0o755))
	}
	h.must(os.Symlink(h.newest, h.link))
	h.install(h.newest, "1")
	return h
}

func (h *host) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// install replaces a program as packages and install(1) do: it is another file then.
func (h *host) install(path, version string) {
	h.t.Helper()
	h.written = h.written.Add(time.Second)
	h.must(os.WriteFile(path+".fresh", []byte(version), 0o755))
	h.must(os.Chtimes(path+".fresh", h.written, h.written))
	h.must(os.Rename(path+".fresh", path))
}

func (h *host) version(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// start runs a program.
func (h *host) start(path string) *process {
	h.t.Helper()
	real, err := filepath.EvalSymlinks(path)
	h.must(err)
	open, err := os.Open(real) // its number is nobody else's while it runs
	h.must(err)
	h.t.Cleanup(func() { _ = open.Close() })
	file, err := open.Stat()
	h.must(err)
	h.processes++
	runs := func(path string) (same, exists bool) {
		now, err := os.Stat(path)
		return err == nil && os.SameFile(now, file), err == nil
	}
	return &process{
		Programs: Programs{Link: h.link, Kept: h.kept, Running: real, Runs: runs},
		pid:      h.processes, version: h.version(real),
	}
}

// succeed has a program follow a process that lets go.
func (h *host) succeed(p *process, path string) *process {
	h.t.Helper()
	plan, err := p.Plan(path, "root", p.trial)
	if err != nil && !errors.Is(err, ErrNothingBefore) {
		h.t.Fatalf("%s after %s: %v", path, p.Running, err)
	}
	next := h.start(path)
	plan.PID, plan.Begun = next.pid, time.Now()
	_, err = p.Begin(*plan)
	h.must(err)
	next.trial, err = next.Taken(next.pid)
	h.must(err)
	if next.trial == nil || next.trial.Program != path {
		h.t.Fatalf("the successor finds the trial %+v", next.trial)
	}
	if next.trial.Before == "" {
		h.pass(next)
	}
	return next
}

// pass is the end of a trial. It reports whether a start runs the program from now on.
func (h *host) pass(p *process) bool {
	h.t.Helper()
	err := p.Pass(*p.trial)
	p.trial = nil
	if err != nil && !errors.Is(err, ErrReplaced) {
		h.t.Fatal(err)
	}
	return err == nil
}

// crash has the service manager start what the link leads to.
func (h *host) crash(p *process) (next *process, fallen *Trial) {
	h.t.Helper()
	next = h.start(h.link)
	fallen, err := next.Fallen()
	h.must(err)
	if (fallen != nil && fallen.Failed.IsZero()) != (p.trial != nil) {
		h.t.Fatalf("a crash of %s, whose trial is %+v, and the next finds %+v", p.version, p.trial, fallen)
	}
	if fallen != nil && fallen.Failed.IsZero() {
		fallen.Failed, fallen.Reason = time.Now(), "it crashed"
		h.must(next.Fail(*fallen))
	}
	return next, fallen
}

// unpack a package: what packaging/scripts/preinst does, and then the new files.
func (h *host) unpack(p *process, version string) {
	h.t.Helper()
	if same, _ := p.Runs(h.newest); (same || p.trial != nil) && p.Next() == h.newest {
		_ = os.Remove(h.kept)
		h.must(os.Link(h.newest, h.kept))
		h.must(point(h.link, h.kept))
	}
	h.install(h.newest, version)
}

func (h *host) String() string {
	text := ""
	for _, path := range []string{h.newest, h.kept, h.other, h.link} {
		text += fmt.Sprintf(" %s: %q", path, h.version(path))
	}
	to, _ := os.Readlink(h.link)
	return text + " -> " + to
}
