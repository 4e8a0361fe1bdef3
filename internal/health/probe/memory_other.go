//go:build !linux

package probe

import "errors"

func memoryReader() (func() (memory, error), error) {
	return nil, errors.ErrUnsupported
}

// MemoryLimit reports that there is no limit to know of.
func MemoryLimit() (used, limit uint64, ok bool) { return 0, 0, false }
