//go:build unix && !freebsd

package process

import "golang.org/x/sys/unix"

func (l Limit) rlimit() *unix.Rlimit {
	return &unix.Rlimit{Cur: l.Soft, Max: l.Hard}
}
