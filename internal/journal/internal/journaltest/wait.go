package journaltest

import (
	"testing"
	"time"
)

// Prompt is more than a call takes on a busy machine, and less than what waits
// for a log that stands still.
const Prompt = 500 * time.Millisecond

// Eventually waits until f has nothing to complain about.
func Eventually(t testing.TB, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatal(err)
}
