//go:build unix

package lifecycle

import (
	"os"
	"syscall"
)

func watched() []os.Signal {
	return []os.Signal{syscall.SIGHUP, syscall.SIGUSR2, syscall.SIGTERM, syscall.SIGINT}
}

func requestOf(sig os.Signal) request {
	switch sig {
	case syscall.SIGHUP:
		return requestReload
	case syscall.SIGUSR2:
		return requestUpgrade
	case syscall.SIGTERM, syscall.SIGINT:
		return requestStop
	default:
		return requestNone
	}
}
