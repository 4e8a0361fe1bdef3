//go:build linux || windows

package supervise

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is also the programs that the tests supervise: it plays the role
// that the environment names, or its only argument.
func TestMain(m *testing.M) {
	Trampoline()
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // or each of them takes a second more to end
	role := os.Getenv("TEST_ROLE")
	if len(os.Args) == 2 && role == "" {
		role = os.Args[1]
	}
	if play, known := roles[role]; known {
		os.Exit(play())
	}
	runTests(m)
}

// roles are added to by the files for a platform.
var roles = map[string]func() int{
	"fail":   func() int { fmt.Fprintln(os.Stderr, "cannot open the database"); return 3 },
	"flood":  flood,
	"polite": polite,
}

// polite ends with status 7 when it is told to.
func polite() int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	fmt.Println("ready")
	<-told
	return 7
}

// flood writes fifty megabytes and says how long it was stalled by that.
func flood() int {
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 10_000)
	begin := time.Now()
	for range 50 {
		if _, err := io.WriteString(os.Stdout, text); err != nil {
			return 1
		}
	}
	fmt.Fprintln(os.Stderr, "<3>flooded in", time.Since(begin))
	return 0
}
