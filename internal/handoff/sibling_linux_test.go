package handoff

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestManagedSuccessorIsItsManagersChild: the parent of this process is the
// parent of the one it starts, whose end is noticed all the same.
func TestManagedSuccessorIsItsManagersChild(t *testing.T) {
	p, err := startSibling(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid()) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if got, want := strings.Fields(rest)[1], strconv.Itoa(unix.Getppid()); got != want {
		t.Errorf("its parent is %s, want %s", got, want)
	}
	p.kill()
	select {
	case <-p.ended():
	case <-time.After(10 * time.Second):
		t.Error("its end was not noticed")
	}
}
