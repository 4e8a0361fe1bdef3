//go:build unix

package probe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func sh(t *testing.T, script string, env ...string) Func {
	t.Helper()
	return built(t)(Exec(ExecOptions{Command: []string{"sh", "-c", script}, Env: env, Dir: t.TempDir()}))
}

func TestExecJudgesTheExitStatusAndTellsTheLastLine(t *testing.T) {
	passes(t, "true", ask(t, sh(t, "echo noise; exit 0")))
	fails(t, "exit 3", ask(t, sh(t, "echo trying; echo 'no route to host' >&2; exit 3")), "exit status 3: no route to host")
	fails(t, "silent", ask(t, sh(t, "exit 1")), "exit status 1")
	fails(t, "flood", ask(t, sh(t, "yes | head -c 1000000; echo; echo the end; exit 1")), "exit status 1: the end")
	passes(t, "own environment", ask(t, sh(t, `test "$COLOUR" = red`, "COLOUR=red")))
}

func TestExecDoesNotRepeatWhatItsVariablesHold(t *testing.T) {
	const token, long = "hunter2-token", "hunter2-token-and-more"
	key := "-----BEGIN KEY-----\nMIIsecretsecret\n-----END KEY-----\n"
	env := []string{"TOKEN=" + token, "LONG=" + long, "KEY=" + key, "COUNT=3", "EMPTY="}
	for script, want := range map[string]string{
		`echo "login with $TOKEN refused"; exit 1`:       "exit status 1: login with *** refused",
		`echo "$TOKEN, $LONG, $TOKEN" >&2; exit 3`:       "exit status 3: ***, ***, ***",
		`echo "$KEY" | sed -n 2p; exit 1`:                "exit status 1: ***",
		`echo "tried 3 times"; exit 1`:                   "exit status 1: tried 3 times",
		`printf '%s%01020d' "$TOKEN" 0 | tr 0 x; exit 1`: "***xxx",
		`echo "token=$TOKEN"; kill -9 $$`:                "signal: killed: token=***",
	} {
		err := ask(t, sh(t, script, env...))
		fails(t, script, err, want)
		for _, secret := range []string{"hunter2", "oken-and", "MIIsecret"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %q is in %v", script, secret, err)
			}
		}
	}
}

func TestExecDoesNotSpeakForTheService(t *testing.T) {
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "FDSTORE"} {
		t.Setenv(name, "1")
	}
	t.Setenv("KEPT", "1")
	passes(t, "environment", ask(t, sh(t, `test -z "$NOTIFY_SOCKET$WATCHDOG_USEC$LISTEN_FDS$LISTEN_PID$FDSTORE" && test -n "$KEPT"`)))
}

func TestExecKillsTheWholeTreeWhenItsTimeIsUp(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	probe := sh(t, `sleep 1000 & echo $! > `+pidFile+`; echo waiting; wait`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	go func() {
		defer cancel()
		for {
			if text, err := os.ReadFile(pidFile); err == nil && len(text) > 1 {
				time.Sleep(50 * time.Millisecond) // for the shell to say so
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	err := probe(ctx)
	fails(t, "hangs", err, "waiting")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d lives on", pid)
}

// zombie tells whether the process is dead but for its parent's wait.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestExecPassesWhenTheCommandLeavesAChildBehind(t *testing.T) {
	begin := time.Now()
	passes(t, "left behind", ask(t, sh(t, "sleep 3 & exit 0")))
	if took := time.Since(begin); took > 2500*time.Millisecond {
		t.Errorf("waited %v for the child", took)
	}
}
