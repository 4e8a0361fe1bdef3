package supervise

import (
	"testing"

	"go.uber.org/goleak"
)

// runTests also fails on goroutines that are left when all tests have passed. The
// reaper is this process's own, and stays.
func runTests(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/gind/gind/internal/supervise/process.(*reaper).begin.func1"))
}
