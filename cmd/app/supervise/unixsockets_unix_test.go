//go:build unix

package supervise

import "testing"

func needUnixSockets(*testing.T) {}
