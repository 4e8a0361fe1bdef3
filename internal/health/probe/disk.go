package probe

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
)

// DiskOptions of [Disk]. Without any limit 5 % of the bytes and of the inodes
// have to be free.
type DiskOptions struct {
	// Path of a file or directory on the file system.
	Path string

	// MinFree is how many bytes have to be free for users other than root.
	MinFree uint64

	// MinFreePercent is the same as a share of the whole, 0 to 100.
	MinFreePercent float64

	// MinInodesPercent is the share of inodes that has to be free, 0 to 100.
	// File systems without a fixed number of them pass.
	MinInodesPercent float64
}

// Disk passes while a file system has room.
func Disk(o DiskOptions) (Func, error) {
	switch {
	case !filepath.IsAbs(o.Path):
		return nil, fmt.Errorf("disk: path %q: not absolute", o.Path)
	case !percentage(o.MinFreePercent) || !percentage(o.MinInodesPercent):
		return nil, errors.New("disk: a percentage is from 0 to 100")
	}
	if o.MinFree == 0 && o.MinFreePercent == 0 && o.MinInodesPercent == 0 {
		o.MinFreePercent, o.MinInodesPercent = 5, 5
	}
	return func(context.Context) error {
		u, err := usageOf(o.Path)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Path, err)
		}
		return o.judge(u)
	}, nil
}

// usage of a file system. inodes is 0 where their number is not fixed.
type usage struct {
	free, bytes        uint64
	freeInodes, inodes uint64
}

func (o DiskOptions) judge(u usage) error {
	if u.free < o.MinFree {
		return fmt.Errorf("%s: %s free, fewer than %s", o.Path, size(u.free), size(o.MinFree))
	}
	if p := percent(u.free, u.bytes); p < o.MinFreePercent {
		return fmt.Errorf("%s: %.1f %% free (%s), less than %g %%", o.Path, p, size(u.free), o.MinFreePercent)
	}
	if p := percent(u.freeInodes, u.inodes); p < o.MinInodesPercent {
		return fmt.Errorf("%s: %.1f %% of the inodes free (%d), less than %g %%", o.Path, p, u.freeInodes, o.MinInodesPercent)
	}
	return nil
}

func percentage(p float64) bool {
	return p >= 0 && p <= 100
}

// percent is the share of part, all of it if there is no whole.
func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// size is a number of bytes for people, such as "1.5 GiB".
func size(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatUint(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}
