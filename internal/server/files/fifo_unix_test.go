//go:build unix

package files

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestAFIFODoesNotHangTheRequest(t *testing.T) {
	tr, root := tree(t, false, map[string]string{"a.txt": "a"})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Skip(err)
	}
	done := make(chan Outcome, 1)
	go func() {
		_, _, outcome := ask(t, tr, "GET", "/pipe")
		done <- outcome
	}()
	select {
	case outcome := <-done:
		if outcome != NotFound {
			t.Errorf("%v", outcome)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it hangs")
	}
}
