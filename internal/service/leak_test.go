package service

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine outlives the service that began it, whichever test
// ran or discarded that.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections() // the tests' own
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "a service has ended, and still there is:", err)
		code = 1
	}
	os.Exit(code)
}
