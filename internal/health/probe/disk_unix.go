//go:build unix

package probe

import "golang.org/x/sys/unix"

func usageOf(path string) (usage, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return usage{}, err
	}
	block := blockSize(&s)
	return usage{
		free:       uint64(max(0, int64(s.Bavail))) * block, // FreeBSD's can be negative
		bytes:      s.Blocks * block,
		freeInodes: uint64(max(0, int64(s.Ffree))),
		inodes:     s.Files,
	}, nil
}
