package lifecycle

import (
	"os"
	"os/signal"
)

type request int

const (
	requestNone request = iota
	requestReload
	requestUpgrade
	requestStop
)

// watch delivers the signals of this platform until release is called.
func watch() (signals <-chan os.Signal, release func()) {
	ch := make(chan os.Signal, 16)
	signal.Notify(ch, watched()...)
	return ch, func() {
		signal.Stop(ch)
		close(ch)
	}
}
