package journal

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain finds what a closed journal has left running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
