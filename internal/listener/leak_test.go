package listener

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine is left when the tests are done.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
