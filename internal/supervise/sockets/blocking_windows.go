package sockets

import "os"

// blocking has nothing to do where no socket is passed.
func blocking(*os.File) error { return nil }
