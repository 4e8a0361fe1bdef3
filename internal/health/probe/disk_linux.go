package probe

import "golang.org/x/sys/unix"

// blockSize is the unit that blocks are counted in; Bsize is the best size of
// a transfer, which FUSE and network file systems make a larger one.
func blockSize(s *unix.Statfs_t) uint64 {
	if s.Frsize > 0 {
		return uint64(s.Frsize)
	}
	return uint64(s.Bsize)
}
