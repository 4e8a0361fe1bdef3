//go:build !linux

package sdnotify

// take finds nothing: only systemd passes descriptors this way.
func take([]string) ([]File, error) {
	return nil, nil
}
