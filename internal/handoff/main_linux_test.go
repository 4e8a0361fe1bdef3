package handoff

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// roleVariable makes the test binary play a part in a test.
const roleVariable = "GIND_TEST_ROLE"

// roles are what the test binary can be beside running tests.
var roles = map[string]func() error{
	"clients":   clientsRole,
	"folder":    folderRole,
	"modest":    modestRole,
	"path":      pathRole,
	"successor": successorRole,
}

// TestMain fails if a goroutine is left when the tests are done.
func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		goleak.VerifyTestMain(m) // exits
	}
	if err := role(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
