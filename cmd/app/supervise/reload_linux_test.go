package supervise

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/supervise"
)

const incomplete = `programs:
  a:
    command: [/nonexistent/program]
    directory: /nonexist
    limits: {nofile: infinity}
  b:
    command: [sleep, "2000"]
    group: nosuchgroup
alerts:
  pager: {type: command, command: [/nonexistent/page]}
`

// TestCheckLooksForWhatAProgramNeeds, each with the place where it is wanted.
func TestCheckLooksForWhatAProgramNeeds(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "s.yaml"), incomplete)
	out, status := call(t, "check", file)
	if status != command.ExitConfig || !strings.Contains(out, "s.yaml:8:12: programs.b.group: ") {
		t.Errorf("status %d: %s", status, out)
	}
	write(t, file, strings.Replace(incomplete, "group: nosuchgroup", "", 1))
	out, status = call(t, "check", file)
	for _, want := range []string{
		"s.yaml:3:14: programs.a.command: /nonexistent/program: no such file or directory",
		"s.yaml:4:16: programs.a.directory: /nonexist: no such file or directory",
		"s.yaml:5:22: programs.a.limits.nofile: ",
		"s.yaml:10:35: alerts.pager.command: exec: \"/nonexistent/page\": ",
	} {
		if status != command.ExitConfig || !strings.Contains(out, want) {
			t.Errorf("status %d, no %q: %s", status, want, out)
		}
	}
}

// served is a "gind supervise" with a file, and what it logs.
func served(t *testing.T, file, socket string) (logged func() string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(os.Args[0], "--file", file, "--control", socket)
	server.Env = append(os.Environ(), "TEST_ROLE=gind")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
		_ = log.Close()
	})
	return func() string {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// awaited is the only program, once it is in that state.
func awaited(t *testing.T, socket string, state supervise.State) supervise.Status {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		out, status := call(t, "status", "--json", "--control", socket)
		var list []supervise.Status
		if status == 0 && json.Unmarshal([]byte(out), &list) == nil && len(list) == 1 && list[0].State == state {
			return list[0]
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("the program is never %s: %s", state, out)
		}
	}
}

// TestABadFileChangesNothing, not even the level of the log.
func TestABadFileChangesNothing(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	good := `programs: {a: {command: [sleep, "1000"], start: {settle: 10ms}}}` + "\n"
	file := write(t, filepath.Join(dir, "s.yaml"), good)
	logged := served(t, file, socket)
	before := awaited(t, socket, supervise.Running)
	write(t, file, strings.Replace(incomplete, "group: nosuchgroup", "", 1)+"log: {level: debug}\n")
	out, status := call(t, "reload", "--control", socket)
	if status != command.ExitConfig || !strings.Contains(out, "s.yaml:3:14: programs.a.command: ") {
		t.Errorf("status %d: %s", status, out)
	}
	if after := awaited(t, socket, supervise.Running); after.PID != before.PID {
		t.Errorf("before %+v, after %+v", before, after)
	}
	write(t, file, fmt.Sprintf("%slog: {level: info}\n", good))
	if out, status := call(t, "reload", "--control", socket); status != 0 {
		t.Errorf("the good file again: status %d: %s", status, out)
	}
	if text := logged(); strings.Contains(text, "log level") || !strings.Contains(text, "reload refused") {
		t.Errorf("the level of the log has changed: %s", text)
	}
}
