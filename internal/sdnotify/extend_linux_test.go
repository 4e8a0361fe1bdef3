package sdnotify

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestExtendWhileAsksForNothingBeyondItsLimit(t *testing.T) {
	m, n := newManager(t)
	failed := errors.New("failed")
	err := n.ExtendWhile(3*time.Second, func() error {
		message, _ := m.receive()
		usec, err := strconv.Atoi(assignments(message)["EXTEND_TIMEOUT_USEC"])
		if err != nil || usec > 3_000_000 || usec < 2_000_000 {
			t.Errorf("sent %q", message)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("the function's error is lost: %v", err)
	}
	if err := n.ExtendWhile(0, func() error { return nil }); err != nil {
		t.Error(err)
	}
	m.quiet(20 * time.Millisecond)
}

// recorder is a conn that keeps what it is sent.
type recorder struct{ messages []string }

func (r *recorder) send(message string, _ int, _ time.Time) error {
	r.messages = append(r.messages, message)
	return nil
}

func (r *recorder) Close() error { return nil }

func TestExtendWhileKeepsAskingUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := &recorder{}
		n := &Notifier{address: "/run/systemd/notify", conn: sent}
		err := n.ExtendWhile(31*time.Second, func() error {
			time.Sleep(time.Minute)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// Every 5 s, never further than 31 s from the begin.
		want := []string{"15000000", "15000000", "15000000", "15000000", "11000000", "6000000", "1000000"}
		if len(sent.messages) != len(want) {
			t.Fatalf("sent %q", sent.messages)
		}
		for i, message := range sent.messages {
			if message != "EXTEND_TIMEOUT_USEC="+want[i]+"\n" {
				t.Errorf("message %d is %q, want %s", i, message, want[i])
			}
		}
	})
}
