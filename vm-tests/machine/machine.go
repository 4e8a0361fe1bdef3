//go:build linux

package machine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Suite is a release of Debian, by its code name.
type Suite string

// The releases that gind promises to run on.
const (
	Bookworm Suite = "bookworm" // Debian 12, systemd 252
	Trixie   Suite = "trixie"   // Debian 13, systemd 257
)

// Suites is every release that gind promises to run on, oldest first.
var Suites = []Suite{Bookworm, Trixie}

// bootTime is how long a machine may take to boot. Half a second is usual; a
// busy host is what the rest is for.
const bootTime = time.Minute

// commandTime is how long a line of shell may take.
const commandTime = 3 * time.Minute

// namePrefix begins the name of each machine; the test process's id and a
// number follow.
const namePrefix = "gind-machine-"

// TB is what is needed of a [testing.TB], so that a program that is not a test
// can boot machines too.
type TB interface {
	Helper()
	Cleanup(func())
	TempDir() string
	Failed() bool
	Logf(format string, args ...any)
	Fatalf(format string, args ...any) // does not return
}

// Machine is a Debian system that runs. Its methods end the test when what
// they do goes wrong; they may be called from the test's goroutine only, apart
// from [Machine.Dial], [Machine.HTTP] and [Machine.Command].
type Machine struct {
	Shell
	Suite Suite

	name    string
	groups  []string // control groups, one a hierarchy
	leader  int      // the machine's PID 1, as the host counts
	console console
}

type options struct {
	packages []string
	binds    []string
}

// Option is a way in which a machine differs from the usual one.
type Option func(*options)

// With adds Debian packages to the machine's root. Each set of packages makes
// a root of its own, in about half a minute, once.
func With(packages ...string) Option {
	return func(o *options) { o.packages = append(o.packages, packages...) }
}

// Mount shows a folder of the host in the machine, read-only.
func Mount(host, path string) Option {
	return func(o *options) { o.binds = append(o.binds, "--bind-ro="+host+":"+path) }
}

var (
	sweepOnce sync.Once
	started   atomic.Int64
)

// Start boots a machine and returns when systemd says that it is up. The
// machine is gone when the test ends; when the test has failed, its journal is
// in the test's log.
func Start(t TB, suite Suite, opts ...Option) *Machine {
	t.Helper()
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	sweepOnce.Do(sweep)
	root, err := makeRoot(suite, o.packages)
	if err != nil {
		t.Fatalf("machine: root of %s: %v", suite, err)
	}

	m := &Machine{Suite: suite, name: fmt.Sprintf("%s%d-%d", namePrefix, os.Getpid(), started.Add(1))}
	m.Shell = Shell{t: t, name: string(suite), limit: commandTime, exec: m.exec}
	if err := m.boot(root, o.binds); err != nil {
		t.Fatalf("machine: boot %s: %v\n%s", suite, err, m.console.String())
	}
	t.Cleanup(m.logOnFailure)
	return m
}

func (m *Machine) boot(root string, binds []string) (err error) {
	if m.groups, err = makeGroups(m.name); err != nil {
		return err
	}
	args := []string{"-c", enterGroups, "sh"}
	args = append(args, m.groups...)
	args = append(args, "--", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
		"systemd-nspawn", "--quiet", "--directory="+root, "--machine="+m.name, "--boot",
		"--volatile=overlay", "--private-network", "--register=no", "--keep-unit",
		"--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe")
	cmd := exec.Command("sh", append(args, binds...)...)
	cmd.Stdout, cmd.Stderr = &m.console, &m.console
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}

	ended, err := startOnOwnThread(cmd)
	if err != nil {
		removeGroups(m.groups)
		return err
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		removeGroups(m.groups)
		_ = os.Remove(filepath.Join(propagation, m.name))
	})
	return m.awaitBoot(cmd.Process.Pid, ended)
}

// startOnOwnThread starts a command whose parent-death signal must not come
// early: the kernel sends it when the thread that started it ends, not the process.
func startOnOwnThread(cmd *exec.Cmd) (ended <-chan struct{}, err error) {
	begun, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	return done, <-begun
}

func (m *Machine) awaitBoot(outer int, ended <-chan struct{}) error {
	for deadline := time.Now().Add(bootTime); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			return fmt.Errorf("systemd-nspawn ended")
		default:
		}
		if m.leader == 0 {
			m.leader = findLeader(outer)
			continue
		}
		state, _ := m.enter(context.Background(), "systemctl is-system-running --wait").Output()
		switch strings.TrimSpace(string(state)) {
		case "running":
			return nil
		case "degraded", "maintenance":
			failed, _ := m.enter(context.Background(), "systemctl --failed --no-legend").Output()
			return fmt.Errorf("systemd says %s: %s", state, failed)
		}
	}
	return fmt.Errorf("not up within %v", bootTime)
}

// logOnFailure shows what somebody who logs in to find out would look at first.
func (m *Machine) logOnFailure() {
	if !m.t.Failed() {
		return
	}
	out, _ := m.enter(context.Background(), "systemctl --no-pager --full status 'gind*'; journalctl --no-pager --lines=100").CombinedOutput()
	m.t.Logf("%s %s:\n%s", m.Suite, m.name, out)
}

// console keeps what systemd-nspawn and the machine's PID 1 print.
type console struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.String()
}
