//go:build linux

package traffic

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// Wrk is a load generator that asks as fast as it is answered.
type Wrk struct {
	t      *testing.T
	cmd    *exec.Cmd
	output strings.Builder
}

// StartWrk has wrk ask on so many connections until it is stopped. More are
// arguments of its own.
func StartWrk(t *testing.T, m *machine.Machine, conns int, path string, more ...string) *Wrk {
	t.Helper()
	w := &Wrk{t: t}
	args := append([]string{"-t2", "-c" + strconv.Itoa(conns), "-d20m", "--timeout", "20s"}, more...)
	w.cmd = m.Command(context.Background(), "wrk", append(args, service.Origin+path)...)
	w.cmd.Stdout, w.cmd.Stderr = &w.output, &w.output
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	time.Sleep(500 * time.Millisecond) // until it has all its connections
	return w
}

// Stop ends wrk, which must have seen no error. It returns what wrk has to say.
func (w *Wrk) Stop() string {
	w.t.Helper()
	_ = w.cmd.Process.Signal(os.Interrupt)
	err := w.cmd.Wait()
	report := w.output.String()
	if err != nil || !strings.Contains(report, "Requests/sec") ||
		strings.Contains(report, "Socket errors") || strings.Contains(report, "Non-2xx") {
		w.t.Errorf("wrk: %v\n%s", err, report)
	}
	return report
}
