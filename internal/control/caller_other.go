//go:build !linux

package control

func peer(uintptr) Caller {
	return unknown
}
