package watchfiles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A change is looked at once nothing has happened for settleTime, since editors
// and copies write in steps, and after patience at the latest.
const (
	settleTime = 150 * time.Millisecond
	patience   = 2 * time.Second
)

// Watch calls changed, from one goroutine, when one of the files may have
// changed, until ctx ends: when it is written, replaced by a rename as editors
// do, made or removed, and when a symbolic link on the way to it is swapped, as
// Kubernetes does with a ConfigMap. Several events in a short time are one call.
// A path may be a folder, for all that is directly in it, and may be missing.
// paths is asked again after each change. The first call is at once, for what
// happened before anybody watched.
func Watch(ctx context.Context, paths func() []string, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("config: watch: %w", err)
	}
	defer func() { _ = watcher.Close() }()
	w := &fileWatch{watcher: watcher, paths: paths}
	begun := false
	for {
		if err := w.aim(); err != nil {
			return err
		}
		if !begun {
			begun = true
			changed()
			continue
		}
		if !w.await(ctx) || !w.settle(ctx) {
			return nil
		}
		changed()
	}
}

// fileWatch watches the folders that the files, and the links to them, are in.
type fileWatch struct {
	watcher *fsnotify.Watcher
	paths   func() []string
	targets targets
}

// aim at what the paths lead to now.
func (w *fileWatch) aim() error {
	w.targets = targets{}
	for _, path := range w.paths() {
		w.targets.follow(path)
	}
	for _, folder := range w.watcher.WatchList() {
		if w.targets[folder] == nil {
			_ = w.watcher.Remove(folder) // it may be gone
		}
	}
	for folder := range w.targets {
		err := w.watcher.Add(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("config: watch %s: %w", folder, err)
		}
	}
	return nil
}

// await an event that matters; false if ctx ends first.
func (w *fileWatch) await(ctx context.Context) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case event := <-w.watcher.Events:
			if w.targets.concern(event.Name) {
				return true
			}
		case <-w.watcher.Errors: //nolint:errcheck // whatever it is, events were lost
			return true
		}
	}
}

// settle waits for the end of a storm of events; false if ctx ends first.
func (w *fileWatch) settle(ctx context.Context) bool {
	late, quiet := time.NewTimer(patience), time.NewTimer(settleTime)
	defer late.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-late.C:
			return true
		case <-quiet.C:
			return true
		case event := <-w.watcher.Events:
			if w.targets.concern(event.Name) {
				quiet.Reset(settleTime)
			}
		case <-w.watcher.Errors: //nolint:errcheck // as above
		}
	}
}
