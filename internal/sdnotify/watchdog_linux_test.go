package sdnotify

import (
	"os"
	"strconv"
	"testing"
	"time"
)

func TestWatchdogIntervalIsForThisProcessOnly(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	tests := []struct {
		usec, pid string
		want      time.Duration
	}{
		{"30000000", self, 30 * time.Second},
		{"30000000", "", 30 * time.Second},
		{"30000000", "1", 0},
		{"30000000", "me", 0},
		{"0", self, 0},
		{"-5", self, 0},
		{"soon", self, 0},
		{"", self, 0},
	}
	for _, tt := range tests {
		t.Setenv("WATCHDOG_USEC", tt.usec)
		t.Setenv("WATCHDOG_PID", tt.pid)
		if got, on := WatchdogInterval(); got != tt.want || on != (tt.want > 0) {
			t.Errorf("%q for %q: %v, %v; want %v", tt.usec, tt.pid, got, on, tt.want)
		}
	}
}
