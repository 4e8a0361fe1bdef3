package lifecycle

import (
	"os"
	"syscall"
)

// Windows has no SIGHUP and no SIGUSR2: a reload comes over the control socket
// or from the service manager.
func watched() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func requestOf(sig os.Signal) request {
	switch sig {
	case os.Interrupt, syscall.SIGTERM:
		return requestStop
	default:
		return requestNone
	}
}
