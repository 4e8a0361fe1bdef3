//go:build linux

package machine

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// Main runs a package's tests if GIND_VM_TESTS is set, and otherwise none: go
// test then closes with "no tests to run". It returns the exit status.
func Main(m *testing.M) int {
	flag.Parse()
	if os.Getenv("GIND_VM_TESTS") == "" {
		fmt.Println("left out, because GIND_VM_TESTS is not set: make vm-test runs these tests")
		_ = flag.Set("test.run", "^$")
	}
	return m.Run()
}
