package succession

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// folder is where a successor starts: in the working directory of the unit, if a link
// leads there, which may have been changed; else where this process did. A wrapper may
// have changed into another folder before this program began.
func (s *Succession) folder(ctx context.Context, was string) string {
	named, err := s.Folder(ctx)
	if err != nil {
		s.Log.Debug("the unit's working directory is not known", "error", err)
		return was
	}
	named = strings.TrimPrefix(named, "!") // it need not be there
	if !filepath.IsAbs(named) {
		return was
	}
	resolved, err := filepath.EvalSymlinks(named)
	if err != nil || resolved == filepath.Clean(named) {
		return was
	}
	if info, err := os.Stat(resolved); err != nil || !info.IsDir() {
		return was
	}
	return named
}
