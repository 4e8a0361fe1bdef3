package listener

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// isBound reports whether any socket is bound to a path, also one of a user whose
// sockets this process may not connect to (proc(5), /proc/net/unix); if that can't be
// known, one is. Another spelling of the path counts.
func isBound(path string) bool {
	file, err := os.Open("/proc/self/net/unix")
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }()
	own, err := os.Stat(path)
	if err != nil {
		return true
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		bound := lines.Text()
		for range 7 { // columns, then the path, which a socket without a name has not
			_, bound, _ = strings.Cut(strings.TrimLeft(bound, " "), " ")
		}
		if filepath.Base(bound) != filepath.Base(path) {
			continue
		}
		if other, err := os.Stat(bound); err != nil || os.SameFile(own, other) {
			return true
		}
	}
	return lines.Err() != nil
}
