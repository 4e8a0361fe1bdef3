package mirror

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain finds what a closed mirror has left running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
