//go:build !linux

package unit

import "context"

// StoreMax is not known: there is no systemd.
func StoreMax(context.Context, string) (limit int, known bool, err error) { return 0, false, nil }
