package process

import "golang.org/x/sys/unix"

func (l Limit) rlimit() *unix.Rlimit {
	return &unix.Rlimit{Cur: int64(l.Soft), Max: int64(l.Hard)}
}
