package process

import (
	"crypto/rand"
	"encoding/hex"
)

// newID is the invocation of a program, as systemd writes its own.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it does not fail: crypto/rand.Read
	return hex.EncodeToString(id[:])
}
