package supervise

import (
	"path/filepath"
	"testing"

	"github.com/gind/gind/internal/supervise"
)

// TestAProgramOfTheCommandLineEndsItsSupervisor, as a container expects it, though a
// control socket may be there.
func TestAProgramOfTheCommandLineEndsItsSupervisor(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	quick := []string{"--set", "backoff.first=10ms", "--set", "backoff.min=10ms", "--set", "backoff.max=20ms", "--"}
	for program, want := range map[string]int{"/nonexistent": 127, "nonexistent": 127, "/etc/passwd": 126, "/bin/false": 1} {
		if out, status := call(t, append(quick, program)...); status != want {
			t.Errorf("%s: status %d, want %d: %s", program, status, want, out)
		}
	}
}

func TestTheOnlyProgramOfAFileIsStoppedAndResumed(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	file := write(t, filepath.Join(dir, "s.yaml"), `programs: {a: {command: [sleep, "1000"], start: {settle: 10ms}}}`)
	served(t, file, socket)
	awaited(t, socket, supervise.Running)
	for _, order := range []string{"stop", "resume"} {
		if out, status := call(t, order, "a", "--control", socket); status != 0 {
			t.Errorf("%s: status %d: %s", order, status, out)
		}
	}
	awaited(t, socket, supervise.Running)
}
