package process

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStartPassesArgumentsEnvironmentAndDirectory(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := command("report")
	c.Args = append(c.Args, "one", "two words", "")
	c.Env = append(c.Env, "GREETING=hello world")
	c.Dir = dir
	p := start(t, c)
	var got situation
	if err := json.NewDecoder(p.stdout).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if exit := p.waited(t); !exit.Success() {
		t.Errorf("ended with %v", exit)
	}
	if !slices.Equal(got.Args, c.Args) || got.Dir != dir || got.PID != p.PID() {
		t.Errorf("started as %+v", got)
	}
	for _, want := range []string{"GREETING=hello world", "INVOCATION_ID=" + p.ID()} {
		if !slices.Contains(got.Env, want) {
			t.Errorf("no %s in the environment", want)
		}
	}
}

func TestOutputAndExitStatusComeThrough(t *testing.T) {
	p := start(t, command("hello"))
	out, err := io.ReadAll(p.stdout)
	errs, err2 := io.ReadAll(p.stderr)
	if string(out) != "hello\n" || string(errs) != "trouble\n" || errors.Join(err, err2) != nil {
		t.Errorf("read %q and %q, %v", out, errs, errors.Join(err, err2))
	}
	exit := p.waited(t)
	if exit.Code != 3 || exit.Status() != 3 || exit.Success() || exit.String() != "exit status 3" {
		t.Errorf("ended with %+v", exit)
	}
	if err := p.Signal(os.Kill); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal to a program that has ended: %v", err)
	}
}

func TestKillAllEndsAProgramThatIgnoresSignals(t *testing.T) {
	p := start(t, command("stubborn"))
	if line, err := bufio.NewReader(p.stdout).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	_ = p.Signal(terminate)
	select {
	case <-p.Done():
		t.Fatal("it did not ignore the signal")
	case <-time.After(50 * time.Millisecond):
	}
	if err := p.KillAll(); err != nil {
		t.Fatal(err)
	}
	if exit := p.waited(t); exit.Success() {
		t.Errorf("ended with %v", exit)
	}
	if err := p.KillAll(); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestWhatCannotBeStartedIsAnError(t *testing.T) {
	for name, change := range map[string]func(*Command){
		"no path":      func(c *Command) { c.Path = "" },
		"no arguments": func(c *Command) { c.Args = nil },
		"no file":      func(c *Command) { c.Path = filepath.Join(t.TempDir(), "missing") },
		"a directory":  func(c *Command) { c.Path = t.TempDir() },
		"no directory": func(c *Command) { c.Dir = filepath.Join(t.TempDir(), "missing") },
	} {
		c := command("hello")
		change(&c)
		if p, err := tryStart(t, c); err == nil {
			t.Errorf("%s: started as %d", name, p.PID())
		}
	}
}

func TestExitStatusIsTheShells(t *testing.T) {
	tests := []struct {
		exit   Exit
		status int
		ok     bool
	}{
		{Exit{}, 0, true},
		{Exit{Code: 78}, 78, false},
		{Exit{Signal: 15}, 143, false},
		{Exit{Signal: 9}, 137, false},
		{Exit{Stolen: true}, 1, false},
	}
	for _, test := range tests {
		if got := test.exit.Status(); got != test.status || test.exit.Success() != test.ok {
			t.Errorf("%+v: status %d, success %v", test.exit, got, test.exit.Success())
		}
	}
}

func TestExitIsTold(t *testing.T) {
	for want, exit := range map[string]Exit{
		"exit status 0":          {},
		"exit status 255":        {Code: 255},
		"exit status 0xC0000005": {Code: 0xC0000005},
		"ended, status unknown":  {Stolen: true},
	} {
		if got := exit.String(); got != want {
			t.Errorf("%+v: %q, want %q", exit, got, want)
		}
	}
}

func TestFindSearchesThePathOfTheChild(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tool.exe") // Windows wants an extension
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir) // what counts on Windows
	env := []string{"PATH=/nowhere" + string(os.PathListSeparator) + dir, "PATH=/nowhere"}
	for _, test := range []struct{ name, dir string }{
		{"tool.exe", ""}, {"." + string(filepath.Separator) + "tool.exe", dir}, {file, "/elsewhere"},
	} {
		if got, err := Find(test.name, test.dir, env); got != file || err != nil {
			t.Errorf("Find(%q, %q) = %q, %v", test.name, test.dir, got, err)
		}
	}
	if path, err := Find("no-such-tool", "", env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing program: %q, %v", path, err)
	}
}

// numbers reads n process numbers, one a line.
func numbers(t *testing.T, from *bufio.Reader, n int) (pids []int) {
	t.Helper()
	for range n {
		line, err := from.ReadString('\n')
		pid, err2 := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || err2 != nil {
			t.Fatalf("read %q, %v", line, err)
		}
		pids = append(pids, pid)
	}
	return pids
}
