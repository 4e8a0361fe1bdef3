package journaltest

import (
	"encoding/json"
	"fmt"
	"iter"
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

// Settle waits until a mirror has written what it has.
func Settle(t testing.TB, m interface {
	Wake()
	Pending() int64
	Err() error
}) {
	t.Helper()
	m.Wake()
	Eventually(t, func() error {
		if n := m.Pending(); n > 0 {
			return fmt.Errorf("%d bytes pending: %w", n, m.Err())
		}
		return nil
	})
}

// Count is how often each value of field is in records, which are JSON objects.
func Count(t testing.TB, field string, records iter.Seq2[[]byte, error]) map[string]int {
	t.Helper()
	found := make(map[string]int)
	for text, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatalf("torn: %v: %s", err, text)
		}
		if v, ok := m[field]; ok {
			found[fmt.Sprint(v)]++
		}
	}
	return found
}
