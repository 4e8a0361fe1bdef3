package process

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSocketsArePassedToTheProcessThatTakesThem(t *testing.T) {
	files := listeners(t, 2)
	c := command("report")
	c.Env = append(c.Env, "LISTEN_PID=1", "LISTEN_FDS=7", "LISTEN_FDNAMES=wrong", "LISTEN_PIDFDID=1")
	c.Sockets = []Socket{{"http", files[0]}, {"admin", files[1]}}
	p := start(t, c)
	var got situation
	if err := json.NewDecoder(p.stdout).Decode(&got); err != nil {
		t.Fatal(err)
	}
	var listen []string
	for _, assignment := range got.Env {
		if strings.HasPrefix(assignment, "LISTEN_") {
			listen = append(listen, assignment)
		}
	}
	slices.Sort(listen)
	want := []string{"LISTEN_FDNAMES=http:admin", "LISTEN_FDS=2", "LISTEN_PID=" + strconv.Itoa(got.PID)}
	if !slices.Equal(listen, want) || got.PID != p.PID() {
		t.Errorf("process %d, started as %d, has %q", got.PID, p.PID(), listen)
	}
}

func listeners(t *testing.T, n int) (files []*os.File) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		t.Cleanup(func() { f.Close() })
		files = append(files, f)
	}
	return files
}

func TestOnlyTheSocketsAreInherited(t *testing.T) {
	leak, err := unix.Open(os.DevNull, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leak) //nolint:errcheck // it was not written to
	keepToOurselves()
	for _, n := range []int{0, 3} {
		c := command("ls")
		c.Path, c.Args = "/bin/ls", []string{"ls", "/proc/self/fd"}
		for i, f := range listeners(t, n) {
			c.Sockets = append(c.Sockets, Socket{"s" + strconv.Itoa(i), f})
		}
		p := start(t, c)
		out, err := io.ReadAll(p.stdout)
		// The last one is the directory itself.
		if got := strings.Fields(string(out)); len(got) != 3+n+1 || err != nil {
			t.Errorf("with %d sockets: %v, %v", n, got, err)
		}
	}
}

func TestLimitsUmaskAndUserAreTakenOn(t *testing.T) {
	c := command("limits")
	c.Umask = 0o137
	c.Limits = []Limit{parseLimit(t, "nofile", "512:1024"), parseLimit(t, "core", "0")}
	want := "nofile 1024 core 0:0 umask 0137 uid 0 gid 0"
	if os.Getuid() == 0 {
		// The binary of the test lies where only root can go.
		c.Credential = &Credential{UID: 65534, GID: 65534, Groups: []uint32{65534, 100}}
		c.Path = "/proc/self/exe"
		want = "nofile 1024 core 0:0 umask 0137 uid 65534 gid 65534 groups [100 65534]"
	} else {
		want = strings.ReplaceAll(want, "uid 0 gid 0", "uid "+strconv.Itoa(os.Getuid())+" gid "+strconv.Itoa(os.Getgid()))
	}
	p := start(t, c)
	out, err := io.ReadAll(p.stdout)
	if !strings.HasPrefix(string(out), want) || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

func parseLimit(t *testing.T, name, value string) Limit {
	t.Helper()
	l, err := ParseLimit(name, value)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTheLimitOfOpenFilesIsNotTheSupervisors: the Go runtime raises its own.
func TestTheLimitOfOpenFilesIsNotTheSupervisors(t *testing.T) {
	for _, umask := range []int{-1, 0o22} {
		c := command("sh")
		c.Path, c.Args, c.Umask = "/bin/sh", []string{"sh", "-c", "ulimit -Sn"}, umask
		p := start(t, c)
		out, err := io.ReadAll(p.stdout)
		want, err2 := exec.Command("sh", "-c", "ulimit -Sn").Output()
		if string(out) != string(want) || errors.Join(err, err2) != nil {
			t.Errorf("umask %o: %q, from a plain shell %q", umask, out, want)
		}
	}
}

func TestTheTrampolineSaysWhatFailed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Command)
		says   string
		errno  syscall.Errno
	}{
		"no file":        {func(c *Command) { c.Path = missing }, missing, syscall.ENOENT},
		"not executable": {func(c *Command) { c.Path = plain }, plain, syscall.EACCES},
		"no directory":   {func(c *Command) { c.Dir = missing }, "working directory " + missing, syscall.ENOENT},
		"bad limit":      {func(c *Command) { c.Limits = []Limit{{Resource: 99}} }, "limit 99", syscall.EINVAL},
	} {
		c := command("hello")
		c.Umask = 0o22
		test.change(&c)
		_, err := tryStart(t, c)
		if !errors.Is(err, test.errno) || !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	children.mu.Lock()
	defer children.mu.Unlock()
	for pid := range children.pids {
		t.Errorf("process %d is still watched", pid)
	}
}

func TestTheTrampolineIsOnlyEnteredByItsName(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{TrampolineName, "no plan"}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "not meant to be started by hand") {
		t.Errorf("%v, %s", err, out)
	}
}
