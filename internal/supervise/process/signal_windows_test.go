package process

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"
)

var terminate = os.Interrupt

// TestAProgramAnswersCtrlBreak is about a supervisor without a console, as a
// service is: it gets one, and keeps its standard handles.
func TestAProgramAnswersCtrlBreak(t *testing.T) {
	ours, panicked := asService(t, "supervisor")
	if want := "told: <nil>\n"; !strings.HasPrefix(ours, want) {
		t.Errorf("it printed %q, want %q first", ours, want)
	}
	if !strings.Contains(panicked, "panic: the end of the supervisor") {
		t.Errorf("its panic went elsewhere: %q", panicked)
	}
	if strings.Contains(ours, "exit status 7") {
		return
	}
	// Wine makes SIGQUIT of Ctrl-Break, which ends the thread that gets it and
	// calls no handler (its server/console.c and ntdll's quit_handler).
	if plain, _ := asService(t, "plain-parent"); wine() && !strings.Contains(plain, "exit status 7") {
		t.Skipf("wine does not let a program answer Ctrl-Break, whoever sends it: from os/exec %q", plain)
	}
	t.Errorf("the program did not answer: %q", ours)
}

// asService runs a role without a console.
func asService(t *testing.T, role string) (out, errs string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_ROLE="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // it panics, or says what is wrong
	return stdout.String(), stderr.String()
}

// wine tells whether this is not Windows but Wine.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
