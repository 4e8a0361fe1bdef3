//go:build !linux

package process

import "net"

// ServedBy can't be told here, and is believed.
func ServedBy(net.Conn, []int) bool { return true }
