package attempts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/internal/journal"
)

// CrashLoop says of the service that has a folder how it is in a crash loop; empty if
// it is in none. To who may not read the record of another service it says how the last
// one was, whether that is over or not.
func CrashLoop(dir string) string {
	r, err := read(dir)
	if errors.Is(err, fs.ErrPermission) {
		text, _ := os.ReadFile(filepath.Join(dir, loopName))
		return strings.TrimSpace(string(text))
	}
	if err != nil || r == nil || !r.Looping {
		return ""
	}
	return r.loop()
}

// LoopBegan is when the last crash loop of the service that has a folder did.
func LoopBegan(dir string) time.Time {
	info, err := os.Stat(filepath.Join(dir, loopName))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// loop in words.
func (r record) loop() string {
	pause := r.Least.String()
	if r.Most > r.Least {
		pause += " to " + r.Most.String()
	}
	return fmt.Sprintf("%d starts have failed since %s; it goes on trying every %s; the last: %s",
		r.Failed, r.First.Local().Format(time.TimeOnly), pause, r.Last)
}

// tellLoop once. The file is what a path unit waits for: a process that can't start tells
// nobody but the log. It stays when the loop is over, since to remove it would be news.
func (a *Attempts) tellLoop(r record) {
	a.Log.Log(context.Background(), journal.LevelCrit, "the service is in a crash loop: "+r.loop(),
		journal.Message(journal.EventCrashLoop), "failed", r.Failed, "since", r.First, "least", r.Least, "most", r.Most, "reason", r.Last)
	if err := replace(filepath.Join(a.Dir, loopName), []byte(r.loop()), 0o644); err != nil {
		a.Log.Error("nobody is told of the crash loop by an alert: "+err.Error(), "error", err)
	}
}

// tellRecovery if somebody was told of a loop.
func (a *Attempts) tellRecovery(r record) {
	if !r.Looping && !r.Told {
		return
	}
	a.Log.Log(context.Background(), journal.LevelNotice, "the crash loop is over: the service has been ready for "+time.Since(r.Time).Round(time.Second).String(),
		journal.Message(journal.EventCrashLoopOver), "failed", r.Failed)
}
