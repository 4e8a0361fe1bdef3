package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
)

// get asks on a connection of its own.
func get(url string) (string, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestAnUnchangedGinProgramIsLoggedAsItDeserves(t *testing.T) {
	url, inherited := bound(t)
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "shop", Environment: []string{"TEST_ROLE=gin"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Backoff: quick, Probe: Probe{HTTP: url + "/ok"},
	})
	v.untilRunning(t)
	for _, path := range []string{"/ok?first", "/bad", "/missing", "/err", "/panic"} {
		if _, err := get(url + path); err != nil {
			t.Error(err)
		}
	}
	_, _ = get(url + "/crash")
	until(t, "the crash is logged", func() bool { return v.log.has("ERROR the program crashed", "exit status 2") == 1 })
	if _, err := get(url + "/ok?again"); err != nil {
		t.Errorf("after the crash: %v", err)
	}
	v.finish(t)
	for _, want := range []struct {
		begin, contains string
		n               int
	}{
		{"INFO stdout: GET /ok?first 200 ", "status=200", 1},
		{"WARN stdout: GET /bad 400 ", "status=400", 1},
		{"WARN stdout: GET /missing 404 ", "method=GET path=/missing", 1},
		{"ERROR stdout: GET /err 500 ", "remote=127.0.0.1", 1},
		{"ERROR stdout: GET /panic 500 ", "", 1},
		{"ERROR stderr: ", "[Recovery]", 1},
		{"ERROR stderr: panic: a goroutine's panic\n\ngoroutine ", "created by", 1},
		{"DEBUG stdout: [GIN-debug] GET    /ok", "", 2},
		{"WARN stdout: [GIN-debug] [WARNING] Running in \"debug\" mode", "using code", 2},
		{"WARN stderr: ", "listening", 2},
		{"INFO stdout: GET /ok?again 200 ", "", 1},
	} {
		if n := v.log.has(want.begin, want.contains); n != want.n {
			t.Errorf("%d records %q … %q, want %d", n, want.begin, want.contains, want.n)
		}
	}
}

// load asks as fast as it can until stopped, on a connection for each request.
type load struct {
	done, failed, refused atomic.Int64
	last                  atomic.Value // error
	stop                  func()
}

func newLoad(url string) *load {
	l := &load{}
	ctx, cancel := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				_, err := get(url)
				if err == nil {
					l.done.Add(1)
					continue
				}
				l.failed.Add(1)
				l.last.Store(err)
				if errors.Is(err, syscall.ECONNREFUSED) {
					l.refused.Add(1)
				}
			}
		})
	}
	l.stop = sync.OnceFunc(func() { cancel(); asking.Wait() })
	return l
}

func TestAProgramKilledAtRandomRefusesNoConnection(t *testing.T) {
	url, inherited := bound(t)
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Backoff: quick, CrashLoop: CrashLoop{Crashes: 1000}, Start: Start{Notify: true},
	})
	v.untilRunning(t)
	l := newLoad(url)
	defer l.stop()
	const kills = 50
	for i := range kills {
		v.Signal(syscall.SIGKILL)
		until(t, "the restart", func() bool { s := v.Status()[0]; return s.Restarts == i+1 && s.State == Running })
	}
	l.stop()
	t.Logf("%d requests answered, %d cut off, %d refused", l.done.Load(), l.failed.Load(), l.refused.Load())
	if l.refused.Load() > 0 || l.done.Load() < kills || l.failed.Load() > 8*kills {
		t.Errorf("the last error: %v", l.last.Load())
	}
	if s := v.Status()[0]; s.LastExit != "signal SIGKILL" || s.Memory == 0 {
		t.Errorf("%+v", s)
	}
	if status := v.finish(t); status != 0 {
		t.Errorf("status %d of a program that stops by itself", status)
	}
}

func TestAReplacementUnderLoadFailsNoRequest(t *testing.T) {
	for name, start := range map[string]Start{"by sd_notify": {Notify: true}, "by probe": {}} {
		t.Run(name, func(t *testing.T) {
			address := free(t)
			url := "http://" + address
			spec := Spec{
				Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: address}},
				Start: start,
			}
			if !start.Notify {
				spec.Probe = Probe{HTTP: url + "/healthz"}
			}
			v := play(t, Options{}, newLogged(t), spec)
			v.untilRunning(t)
			l := newLoad(url)
			defer l.stop()
			for range 3 {
				before := v.Status()[0].PID
				if err := v.Replace(t.Context()); err != nil {
					t.Fatal(err)
				}
				if after := v.Status()[0]; after.PID == before || after.State != Running || after.Restarts != 0 {
					t.Errorf("%+v", after)
				}
				until(t, "the old one has ended", func() bool { return len(marked(v.mark)) == 1 })
			}
			l.stop()
			t.Logf("%d requests answered, %d failed", l.done.Load(), l.failed.Load())
			if l.failed.Load() > 0 || l.done.Load() == 0 {
				t.Errorf("the last error: %v", l.last.Load())
			}
		})
	}
}

// TestAnInheritedSocketIsReplacedOnAgainAndAgain: the service manager holds it too.
func TestAnInheritedSocketIsReplacedOnAgainAndAgain(t *testing.T) {
	url, inherited := bound(t)
	f := inherited("http")
	held, err := net.FileListener(f) // as systemd does
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Start: Start{Notify: true},
	})
	v.untilRunning(t)
	for range 3 {
		if err := v.Replace(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, "the old one has ended", func() bool { return len(marked(v.mark)) == 1 })
		for range 20 {
			if pid, err := get(url); err != nil || pid != strconv.Itoa(v.Status()[0].PID) {
				t.Fatalf("answered by %s, %v", pid, err)
			}
		}
	}
}

// TestDuringAReplacementTheProbeAsksTheNewProcess: both listen on the socket.
func TestDuringAReplacementTheProbeAsksTheNewProcess(t *testing.T) {
	url, inherited := bound(t)
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Probe: Probe{HTTP: url + "/healthz"},
	})
	v.untilRunning(t)
	p := v.all()[0]
	old := p.current
	if err := probe(t.Context(), p.plan, old, &beside{}); err != nil {
		t.Errorf("the process itself: %v", err)
	}
	stranger := &actor{pid: os.Getpid()}
	if err := probe(t.Context(), p.plan, stranger, &beside{}); !errors.Is(err, errElsewhere) {
		t.Errorf("an answer of another process was taken for its own: %v", err)
	}
	if err := probe(t.Context(), p.plan, stranger, nil); err != nil {
		t.Errorf("any answer: %v", err)
	}
}

func TestConnectionsWaitWhileTheProgramIsDown(t *testing.T) {
	url, inherited := bound(t)
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Backoff: Backoff{First: 300 * time.Millisecond}, Start: Start{Notify: true},
	})
	v.untilRunning(t)
	first := v.Status()[0]
	v.Signal(syscall.SIGKILL)
	until(t, "the program is down", func() bool { return v.Status()[0].State == Waiting })
	begin := time.Now()
	pid, err := get(url)
	if err != nil || pid == strconv.Itoa(first.PID) || time.Since(begin) < 100*time.Millisecond {
		t.Errorf("answered by %s after %v, %v", pid, time.Since(begin), err)
	}
}

func TestAHungProgramIsDumpedAndRestarted(t *testing.T) {
	url, inherited := bound(t)
	v := play(t, Options{Inherited: inherited}, newLogged(t), Spec{
		Name: "web", Environment: []string{"TEST_ROLE=web"}, Sockets: map[string]Socket{"http": {Address: "inherited:0"}},
		Backoff: quick, Probe: Probe{HTTP: url + "/healthz", Interval: 100 * time.Millisecond, Timeout: 100 * time.Millisecond, Failures: 2},
	})
	v.untilRunning(t)
	if _, err := get(url + "/hang"); err != nil {
		t.Fatal(err)
	}
	until(t, "the restart", func() bool { s := v.Status()[0]; return s.Restarts == 1 && s.State == Running })
	until(t, "the dump", func() bool { return v.log.has("ERROR stderr: SIGABRT: abort", "supervise.web.func") == 1 })
	if got := v.Status()[0].LastExit; !strings.HasPrefix(got, "its probe failed: no answer within 100ms") {
		t.Error(got)
	}
}

func TestNothingOfAProgramIsLeftBehind(t *testing.T) {
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "daemons", Environment: []string{"TEST_ROLE=daemons"}, Stop: Stop{Grace: 100 * time.Millisecond}, Backoff: quick,
	})
	up := func() bool { return v.log.has("INFO stdout: ready", "") > 0 && len(marked(v.mark)) >= 3 }
	until(t, "the daemons run", up)
	before := marked(v.mark)
	v.Signal(syscall.SIGKILL) // its daemons go with it, before it is started again
	until(t, "the restart", func() bool { return v.log.has("INFO stdout: ready", "") > 1 && len(marked(v.mark)) >= 3 })
	for _, pid := range before {
		if _, err := os.Stat("/proc/" + pid + "/exe"); err == nil {
			t.Errorf("process %s outlived its program", pid)
		}
	}
	if status := v.finish(t); status != 128+9 { // it ignores SIGTERM
		t.Errorf("status %d", status)
	}
}

// told is a service manager.
type told struct {
	mu   sync.Mutex
	said []string
}

func (n *told) say(format string, a ...any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, fmt.Sprintf(format, a...))
	return nil
}

func (n *told) Ready(status string) error    { return n.say("READY %s", status) }
func (n *told) Status(status string) error   { return n.say("STATUS %s", status) }
func (n *told) Extend(d time.Duration) error { return n.say("EXTEND %v", d) }
func (n *told) Ping() error                  { return n.say("PING") }

func (n *told) all() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.said, "\n")
}

func TestWhatAProgramNotifiesIsPassedOn(t *testing.T) {
	_, inherited := bound(t)
	manager := &told{}
	v := play(t, Options{Inherited: inherited, Notifier: manager}, newLogged(t), Spec{
		Name: "web", Sockets: map[string]Socket{"http": {Address: "inherited:0"}}, Start: Start{Notify: true},
		Environment: []string{"TEST_ROLE=web", "TEST_VERSION=1.2", "TEST_DELAY=200ms"},
	})
	time.Sleep(100 * time.Millisecond)
	if said := manager.all(); strings.Contains(said, "READY") {
		t.Errorf("ready before the program is: %s", said)
	}
	until(t, "READY", func() bool { return strings.Contains(manager.all(), "READY running: serving as 1.2") })
	if got := v.Status()[0].Text; got != "serving as 1.2" {
		t.Errorf("status %q", got)
	}
	v.all()[0].do(func() {
		p := v.all()[0]
		p.told(p.current, notify.Message{Ping: true, Extend: time.Minute})
	})
	until(t, "the rest", func() bool { return strings.Contains(manager.all(), "EXTEND 1m0s\nPING") })
}

func TestACommandProbes(t *testing.T) {
	file := t.TempDir() + "/healthy"
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "polite", Environment: []string{"TEST_ROLE=polite"}, Backoff: quick,
		Probe: Probe{
			Command:  []string{"sh", "-c", "kill -0 $MAINPID && echo looking && ls " + file},
			Interval: 100 * time.Millisecond, Failures: 1,
		},
	})
	time.Sleep(200 * time.Millisecond)
	if s := v.Status()[0]; s.State != Starting {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	v.untilRunning(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	until(t, "the restart", func() bool { return v.Status()[0].Restarts > 0 })
	if got := v.Status()[0].LastExit; !strings.Contains(got, "its probe failed: sh: exit status 2: ls: ") {
		t.Error(got)
	}
}

func TestAProbeThatHangsIsKilled(t *testing.T) {
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "polite", Environment: []string{"TEST_ROLE=polite"},
		Probe: Probe{Command: []string{"sh", "-c", "sleep 60 & sleep 60"}, Timeout: 50 * time.Millisecond},
	})
	p := v.all()[0].plan
	begin := time.Now()
	err := probe(t.Context(), p, &actor{pid: os.Getpid()}, nil)
	if err == nil || err.Error() != "no answer within 50ms" || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// TestAsPID1 runs gind as a container does.
func TestAsPID1(t *testing.T) {
	for _, test := range []struct {
		app    string
		signal syscall.Signal
		status int
	}{
		{"fail", 0, 3},
		{"polite", syscall.SIGTERM, 7},
		{"polite", syscall.SIGQUIT, 2}, // Go's own, after a dump of its goroutines
		{"daemons", syscall.SIGINT, 128 + 9},
	} {
		t.Run(fmt.Sprint(test.app, " ", test.signal), func(t *testing.T) {
			cmd := exec.Command("unshare", "--pid", "--fork", "--mount-proc", os.Args[0])
			cmd.Env = append(os.Environ(), "TEST_ROLE=init", "TEST_APP="+test.app)
			var out, errs safeBuffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Skip("no process namespace can be made here:", err)
			}
			if test.signal != 0 {
				until(t, "the program runs", func() bool {
					return strings.Contains(errs.String(), "msg=ready") || strings.Contains(errs.String(), "unshare:")
				})
				children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
				if pid, err := strconv.Atoi(strings.TrimSpace(string(children))); err == nil {
					_ = syscall.Kill(pid, test.signal)
				}
			}
			err := cmd.Wait()
			if strings.Contains(errs.String(), "unshare:") {
				t.Skip("no process namespace can be made here:", errs.String())
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != test.status || out.String() != "pid 1, 0 others, 0 zombies\n" {
				t.Errorf("%v, %q\n%s", err, out.String(), errs.String())
			}
		})
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
