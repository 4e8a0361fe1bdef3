//go:build !linux

package supervise

import "net"

// servedBy can't be told here, and is believed.
func servedBy(net.Conn, []int) bool { return true }
