//go:build !linux

package supervise

import "os"

// widen is for Linux.
func widen(*os.File) {}
