package gind

import (
	"context"
	"sync"

	"github.com/gind/gind/internal/config"
)

// fileWatch is whether the files of the config are watched.
type fileWatch struct {
	mu   sync.Mutex
	stop context.CancelFunc // nil while they are not
}

// prepareToWatch begins to watch, if the config says so.
func (a *application) prepareToWatch() { a.watchFiles(a.keys().Config.Watch) }

func (a *application) prepareWatch(_ context.Context, _, next *config.Snapshot) (func(), error) {
	return func() { a.watchFiles(keysOf(next).Config.Watch) }, nil
}

// watchFiles begins or ends to watch the files.
func (a *application) watchFiles(on bool) {
	a.files.mu.Lock()
	defer a.files.mu.Unlock()
	switch {
	case on && a.files.stop == nil:
		var ctx context.Context
		ctx, a.files.stop = context.WithCancel(a.life)
		go a.followFiles(ctx)
	case !on && a.files.stop != nil:
		a.files.stop()
		a.files.stop = nil
	}
}

func (a *application) followFiles(ctx context.Context) {
	reload := func(context.Context) error {
		_, err := a.reload(a.life, "watch") // a reload may end the watch that asked for it
		return err
	}
	if err := a.config.store.Watch(ctx, certificateFiles, reload); err != nil && ctx.Err() == nil {
		a.log.Error("config: the files are not watched any more", "error", err)
	}
}

// certificateFiles are what listeners name.
func certificateFiles(s *config.Snapshot) []string {
	var files []string
	for _, l := range keysOf(s).Listeners {
		if l.Certificate != "" {
			files = append(files, l.Certificate, l.Key)
		}
	}
	return files
}
