//go:build !linux

package probe

import "errors"

func memoryReader() (func() (memory, error), error) {
	return nil, errors.ErrUnsupported
}
