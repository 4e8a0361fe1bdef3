package notify

import (
	"strconv"
	"strings"
	"time"
)

// Message is what one notification says: sd_notify(3). What is meant for a
// service manager alone (MAINPID, FDSTORE, BARRIER) is not in it.
type Message struct {
	Ready         bool
	Status        *string
	Ping, Trigger bool          // WATCHDOG=1, WATCHDOG=trigger
	Extend        time.Duration // EXTEND_TIMEOUT_USEC
	Watchdog      time.Duration // WATCHDOG_USEC
}

// parseMessage reads what it knows and passes over the rest, as systemd does.
func parseMessage(text string) (m Message) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "READY":
			m.Ready = value == "1"
		case "STATUS":
			status := strings.ToValidUTF8(value, "\uFFFD")
			m.Status = &status
		case "WATCHDOG":
			m.Ping, m.Trigger = value == "1", value == "trigger"
		case "EXTEND_TIMEOUT_USEC":
			m.Extend = microseconds(value)
		case "WATCHDOG_USEC":
			m.Watchdog = microseconds(value)
		}
	}
	return m
}

// microseconds reads a time, 0 for what is none.
func microseconds(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > uint64(24*time.Hour/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}
