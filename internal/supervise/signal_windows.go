package supervise

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/gind/gind/internal/supervise/process"
)

// What Ctrl-C and the like mean. SIGTERM is what Go makes of a closed console
// and of the system's end.
var (
	stopSignals    = []os.Signal{os.Interrupt, syscall.SIGTERM}
	quitSignals    []os.Signal
	hangupSignals  []os.Signal
	forwardSignals []os.Signal
)

// abortSignal ends a program that hangs.
var abortSignal = os.Kill

// parseSignal knows that Windows has one way to ask a program to end.
func parseSignal(name string) (os.Signal, error) {
	switch strings.TrimPrefix(strings.ToUpper(name), "SIG") {
	case "TERM", "INT", "BREAK":
		return os.Interrupt, nil
	}
	return nil, fmt.Errorf("%q is not a signal of Windows", name)
}

// asked reports whether a program was ended by Ctrl-C, Ctrl-Break or the end of
// its console, which it let take their course.
func asked(exit process.Exit) bool {
	return uint32(exit.Code) == uint32(windows.STATUS_CONTROL_C_EXIT)
}
