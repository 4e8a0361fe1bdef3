package handoff

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
)

func upgradeWithin(t *testing.T, d time.Duration, c Command, set *listener.Set) (*Successor, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	s, err := Upgrade(ctx, c, set)
	if err == nil {
		t.Cleanup(s.Kill)
	}
	return s, err
}

func TestUpgradeClosesNoConnectionAndFinishesRequests(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	old := serve(t, open(t, "http"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-finish
		}
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "old")
	}))
	idle, busy := dial(t, old.set), dial(t, old.set)
	mustGet(t, idle, "old")
	if _, err := io.WriteString(busy, "GET /slow HTTP/1.1\r\nHost: gind\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	address := old.set.Listeners()[0].Addr().String()

	successor, err := upgradeWithin(t, patience, behaving("serve"), old.set)
	if err != nil {
		t.Fatal(err)
	}
	if answer := successor.Answer(); answer == nil || *answer != (Answer{Status: http.StatusNoContent}) {
		t.Errorf("the successor's answer is %v", answer)
	}
	pid := strconv.Itoa(successor.PID())
	if err := successor.TakeOver(old.set); err != nil {
		t.Fatal(err)
	}
	parking, err := park(old.set, successor)
	if err != nil {
		t.Fatal(err)
	}
	// A request that comes at the very moment may still be served here.
	eventually(t, "the idle connection has left", func() bool { return old.set.Conns() == 1 })
	mustGet(t, idle, pid) // although a request still runs in the old process
	newcomer, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = newcomer.Close() }()
	mustGet(t, newcomer, pid)

	close(finish)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := parking.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	outcome, err := parking.Close()
	if err != nil || outcome != (Outcome{Parked: 2}) {
		t.Fatalf("%+v, error %v", outcome, err)
	}
	if err := successor.Finish(); err != nil {
		t.Fatal(err)
	}
	want := "HTTP/1.1 200 OK"
	got := make([]byte, 256)
	if n, err := busy.Read(got); err != nil || !strings.HasPrefix(string(got[:n]), want) || !strings.HasSuffix(string(got[:n]), "old") {
		t.Fatalf("the slow answer: %q, error %v", got[:n], err)
	}
	mustGet(t, busy, pid)
}

func TestFailedUpgradeSaysWhyAndLeavesTheServiceAlone(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho no such feature >&2\nexit 7\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("\x7fELF and nothing"), 0o755); err != nil {
		t.Fatal(err)
	}
	program := func(path string) Command { return Command{Path: path, Args: []string{"gind"}} }
	cases := map[string]struct {
		command Command
		texts   []string
	}{
		"bad config":       {behaving("fail"), []string{`gind.yaml:3:7: server.read_timeout: "5" has no unit`}},
		"exits at once":    {behaving("exit"), []string{"exit status 1", "cannot open libmagic.so.7"}},
		"panics":           {behaving("panic"), []string{"exit status 2", "panic: nil router"}},
		"is another":       {program(script), []string{"exit status 7", "no such feature"}},
		"has no folder":    {Command{Path: script, Args: []string{"gind"}, Folder: "/nonexistent"}, []string{"its working directory: ", "/nonexistent"}},
		"is not there":     {program("/nonexistent/gind"), []string{"/nonexistent/gind", "no such file"}},
		"is no executable": {program(broken), []string{"exec format error"}},
	}
	s := serve(t, open(t, "http"), say("old"))
	client := dial(t, s.set)
	mustGet(t, client, "old")
	before := openFiles(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := upgradeWithin(t, patience, c.command, s.set)
			for _, text := range c.texts {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Fatalf("error %v, want %q", err, text)
				}
			}
			mustGet(t, client, "old")
			mustGet(t, dial(t, s.set), "old")
		})
	}
	eventually(t, "all descriptors are closed", func() bool { return openFiles(t) <= before })
}

func TestSuccessorThatHangsIsKilled(t *testing.T) {
	s := serve(t, open(t, "http"), say("old"))
	var started process
	start := func(c Command, control, stderr *os.File) (p process, err error) {
		started, err = startProcess(c, control, stderr)
		return started, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := upgrade(ctx, behaving("hang"), s.set, start); !errors.Is(err, ErrNotReady) {
		t.Fatalf("error %v", err)
	}
	if status := started.status(); status != "signal: killed" {
		t.Errorf("the successor's end: %s", status)
	}
	mustGet(t, dial(t, s.set), "old")
}

func TestSIGTERMDuringUpgradeKillsTheSuccessor(t *testing.T) {
	s := serve(t, open(t, "http"), say("old"))
	draining := errors.New("the service is draining")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(50*time.Millisecond, func() { cancel(draining) })
	if _, err := Upgrade(ctx, behaving("hang"), s.set); !errors.Is(err, draining) {
		t.Fatalf("error %v", err)
	}
	mustGet(t, dial(t, s.set), "old")
}

// TestSuccessorThatCrashesAfterItTookOver: connections can't be carried any
// more, so they are served here, and responses say that they are the last.
func TestSuccessorThatCrashesAfterItTookOver(t *testing.T) {
	for name, late := range map[string]bool{"before connections are sent": false, "while they are": true} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, open(t, "http"), say("old"))
			client := dial(t, s.set)
			mustGet(t, client, "old")
			successor, err := upgradeWithin(t, patience, behaving("crash"), s.set)
			if err != nil {
				t.Fatal(err)
			}
			if err := successor.TakeOver(s.set); err != nil {
				t.Fatal(err)
			}
			<-successor.process.ended()
			var to Carrier = successor
			if late {
				to = unaware{successor}
			}
			parking, err := park(s.set, to)
			if err != nil {
				t.Fatal(err)
			}
			if err := parking.Wait(context.Background()); err != nil {
				t.Fatal(err)
			}
			if outcome, err := parking.Close(); outcome.Parked+outcome.Lost > 0 || (err != nil) != late {
				t.Errorf("%+v, error %v", outcome, err)
			}
			if answer, err := get(client); answer != "old" || err == nil || err.Error() != "the connection is to be closed" {
				t.Errorf("answer %q, error %v", answer, err)
			}
		})
	}
}

// unaware is a successor of which it is not known yet that it has died.
type unaware struct{ *Successor }

func (unaware) room() int { return 1 }

func TestUpgradesBackToBackPassConnectionsOn(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	old := serve(t, open(t, "http"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-finish
		}
		w.WriteHeader(http.StatusOK)
	}))
	idle, busy := dial(t, old.set), dial(t, old.set)
	mustGet(t, idle, "")
	if _, err := io.WriteString(busy, "GET /slow HTTP/1.1\r\nHost: gind\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-begun
	successor, err := upgradeWithin(t, patience, behaving("relay"), old.set)
	if err != nil {
		t.Fatal(err)
	}
	if err := successor.TakeOver(old.set); err != nil {
		t.Fatal(err)
	}
	parking, err := park(old.set, successor)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the idle connection has left", func() bool { return old.set.Conns() == 1 })
	mustGet(t, idle, strconv.Itoa(successor.PID())) // which makes it upgrade itself
	var last string
	eventually(t, "the second successor serves", func() bool {
		last, err = get(idle)
		return err != nil || last != strconv.Itoa(successor.PID())
	})
	if err != nil {
		t.Fatal(err)
	}
	close(finish)
	if err := parking.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if outcome, err := parking.Close(); outcome != (Outcome{Parked: 2}) || err != nil {
		t.Fatalf("%+v, error %v", outcome, err)
	}
	if err := successor.Finish(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(busy), nil)
	if err != nil || response.Close {
		t.Fatalf("%+v, error %v", response, err)
	}
	mustGet(t, busy, last)
	<-successor.process.ended()
	mustGet(t, idle, last)
	mustGet(t, idle, last)
	if _, err := get(sayBye(t, idle)); err == nil {
		t.Error("the second successor did not end")
	}
}

// sayBye makes the process that serves c end.
func sayBye(t *testing.T, c net.Conn) net.Conn {
	t.Helper()
	if _, err := io.WriteString(c, "GET /bye HTTP/1.1\r\nHost: gind\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNoPredecessorWithoutAnUpgrade(t *testing.T) {
	if p, err := FindPredecessor(); p != nil || err != nil {
		t.Errorf("%v, error %v", p, err)
	}
	for _, value := range []string{"x", "2", "-1", "4000"} {
		t.Setenv(controlVariable, value)
		if _, err := FindPredecessor(); err == nil {
			t.Errorf("%s=%s is accepted", controlVariable, value)
		}
		if os.Getenv(controlVariable) != "" {
			t.Error("the variable stays for children")
		}
	}
}

// TestUpgradeFollowsTheLinkThatTheServiceWasStartedBy: /usr/bin/gind may be a
// link to the release in use.
func TestUpgradeFollowsTheLinkThatTheServiceWasStartedBy(t *testing.T) {
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	link := filepath.Join(folder, "gind")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		cmd  exec.Cmd
		want string
	}{
		"absolute":  {exec.Cmd{Path: link, Args: []string{link}}, link},
		"relative":  {exec.Cmd{Path: link, Args: []string{"./gind"}, Dir: folder}, link},
		"in $PATH":  {exec.Cmd{Path: link, Args: []string{"gind"}, Env: []string{"PATH=" + folder}}, link},
		"made up":   {exec.Cmd{Path: link, Args: []string{"/bin/sh"}}, program},
		"not there": {exec.Cmd{Path: link, Args: []string{"gind: main"}}, program},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.cmd.Env = append(c.cmd.Env, quickExit, roleVariable+"=path")
			out, err := c.cmd.Output()
			if got := strings.TrimSpace(string(out)); got != c.want || err != nil {
				t.Errorf("%s, error %v; want %s", got, err, c.want)
			}
		})
	}
}

// TestUpgradeFollowsTheLinkToTheWorkingDirectory: the service manager has followed it
// before it started the program.
func TestUpgradeFollowsTheLinkToTheWorkingDirectory(t *testing.T) {
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	release, current := filepath.Join(folder, "releases", "1"), filepath.Join(folder, "current")
	if err := errors.Join(os.MkdirAll(filepath.Join(release, "bin"), 0o755), os.Symlink(program, filepath.Join(release, "bin", "gind")),
		os.Symlink(release, current)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, dir, pwd, want string
	}{
		"both by the link":           {current + "/bin/gind", release, "", current},
		"a folder further down":      {current + "/bin/gind", release + "/bin", "", current + "/bin"},
		"the program is elsewhere":   {program, release, "", release},
		"as the process before said": {program, release, current, current},
		"the whole disk":             {current + "/bin/gind", "/", "", "/"},
	} {
		cmd := exec.Cmd{Path: c.path, Args: []string{c.path}, Dir: c.dir, Env: []string{quickExit, roleVariable + "=folder", "PWD=" + c.pwd}}
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); got != c.want || err != nil {
			t.Errorf("%s: %s, error %v; want %s", name, got, err, c.want)
		}
	}
}

func TestSuccessorsEnvironmentIsTheServicesOwn(t *testing.T) {
	for variable, want := range map[string]bool{
		"LISTEN_FDS=2": true, "LISTEN_PID=1": true, "LISTEN_FDNAMES=http": true, "WATCHDOG_PID=1": true, controlVariable + "=3": true,
		"WATCHDOG_USEC=5": false, "NOTIFY_SOCKET=/run": false, "PATH=/bin": false, "LISTENER=x": false,
	} {
		if got := personal(variable); got != want {
			t.Errorf("%s is left out: %v", variable, got)
		}
	}
}
