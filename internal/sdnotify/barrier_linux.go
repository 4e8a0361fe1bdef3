package sdnotify

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// barrier hands the writing end of a pipe to the manager, which closes it once
// it has come to this message; the reading end then sees the end of file.
func barrier(n *Notifier, timeout time.Duration) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("sdnotify: BARRIER=1: %w", err)
	}
	defer r.Close()

	err = withDescriptor(w, func(fd int) error { return n.send("BARRIER=1\n", fd) })
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	if err := r.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return fmt.Errorf("sdnotify: BARRIER=1: %w", err)
	}
	if _, err := r.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("sdnotify: BARRIER=1: the service manager did not catch up within %v: %w", timeout, err)
	}
	return nil
}
