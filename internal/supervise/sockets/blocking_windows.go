package sockets

import (
	"errors"
	"os"
)

// blocking has nothing to do where no socket is passed.
func blocking(*os.File) error { return nil }

func duplicate(*os.File) (fd int, err error) { return -1, errors.ErrUnsupported }
