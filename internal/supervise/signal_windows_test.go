package supervise

import (
	"os"

	"golang.org/x/sys/windows"

	"github.com/gind/gind/internal/supervise/process"
)

// What stops a program by default.
var stopSignal = os.Interrupt

// asAsked is how a program ends that lets Ctrl-Break take its course.
var asAsked = process.Exit{Code: int(windows.STATUS_CONTROL_C_EXIT)}
