//go:build linux

package machine

import (
	"os"
	"strconv"
	"testing"
)

// OnEach runs a test on a machine of each release, both at a time.
func OnEach(t *testing.T, test func(t *testing.T, m *Machine), opts ...Option) {
	t.Helper()
	asked := false
	for _, suite := range Suites {
		t.Run(string(suite), func(t *testing.T) {
			asked = true
			t.Parallel()
			test(t, Start(t, suite, opts...))
		})
	}
	if !asked {
		t.Errorf("-run leaves out every release: they are %v", Suites)
	}
}

// Rounds is how often something is repeated in a test that takes long:
// GIND_VM_ROUNDS says, or it is usual.
func Rounds(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("GIND_VM_ROUNDS")
	if text == "" {
		return usual
	}
	rounds, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("GIND_VM_ROUNDS: %v", err)
	}
	return rounds
}
