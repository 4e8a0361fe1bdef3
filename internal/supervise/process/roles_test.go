package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"testing"
	"time"
)

// TestMain is also the programs that the tests start: it plays the role that
// the environment names.
func TestMain(m *testing.M) {
	Trampoline()
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // or each of them takes a second more to end
	if play, known := roles[os.Getenv("TEST_ROLE")]; known {
		os.Exit(play())
	}
	os.Exit(m.Run())
}

// roles are added to by the files for a platform.
var roles = map[string]func() int{
	"hello": func() int {
		fmt.Println("hello")
		fmt.Fprintln(os.Stderr, "trouble")
		return 3
	},
	"sleep": func() int {
		fmt.Println("asleep")
		time.Sleep(time.Minute)
		return 0
	},
	"stubborn": func() int {
		signal.Ignore(os.Interrupt, terminate)
		fmt.Println("ignoring")
		time.Sleep(time.Minute)
		return 0
	},
	"report": report,
}

// situation is what the role "report" finds itself in.
type situation struct {
	Args []string
	Env  []string
	Dir  string
	PID  int
}

func report() int {
	dir, _ := os.Getwd()
	if err := json.NewEncoder(os.Stdout).Encode(situation{os.Args, os.Environ(), dir, os.Getpid()}); err != nil {
		return 1
	}
	return 0
}

// actor is a started role with the ends of its output.
type actor struct {
	*Process
	stdout, stderr *os.File
}

// command is one for this test binary in a role.
func command(role string) Command {
	return Command{
		Name:  role,
		Path:  os.Args[0],
		Args:  []string{role},
		Env:   (&exec.Cmd{Env: append(os.Environ(), "TEST_ROLE="+role)}).Environ(), // each once
		Umask: -1,
	}
}

func start(t *testing.T, c Command) *actor {
	t.Helper()
	p, err := tryStart(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryStart(t *testing.T, c Command) (*actor, error) {
	t.Helper()
	out, outW := pipe(t)
	errs, errsW := pipe(t)
	c.Stdout, c.Stderr = outW, errsW
	p, err := Start(c)
	outW.Close()
	errsW.Close()
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := p.KillAll(); err != nil {
			t.Error(err)
		}
	})
	return &actor{p, out, errs}, nil
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, w
}

// waited is how a process ended, within ten seconds.
func (a *actor) waited(t *testing.T) Exit {
	t.Helper()
	select {
	case <-a.Done():
		return a.Exit()
	case <-time.After(10 * time.Second):
		t.Fatalf("process %d has not ended", a.PID())
		return Exit{}
	}
}
