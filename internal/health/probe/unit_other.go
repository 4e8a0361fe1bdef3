//go:build !linux

package probe

import "errors"

func unit(string) (Func, error) {
	return nil, errors.ErrUnsupported
}
