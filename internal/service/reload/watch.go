package reload

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

// watch says whether the files of the config are to be watched.
type watch struct {
	wanted  atomic.Bool
	changed chan struct{} // capacity one
}

func newWatch() *watch { return &watch{changed: make(chan struct{}, 1)} }

// PrepareWatch begins or ends to watch the files, as a new config says.
func (r *Reloader) PrepareWatch(_ context.Context, _, next *config.Snapshot) (commit func(), err error) {
	return func() {
		wanted := settings.Of(next).Config.Watch
		if r.watch.wanted.Swap(wanted) == wanted {
			return
		}
		select {
		case r.watch.changed <- struct{}{}:
		default: // Run has yet to look
		}
	}, nil
}

// Run watches the files while the config says so, until ctx ends.
func (r *Reloader) Run(ctx context.Context) {
	r.watch.wanted.Store(r.Config.Keys().Config.Watch)
	for ctx.Err() == nil {
		watching, stop := context.WithCancel(ctx)
		var follower sync.WaitGroup
		if r.watch.wanted.Load() {
			follower.Go(func() { r.follow(watching, ctx) })
		}
		select {
		case <-r.watch.changed:
		case <-ctx.Done():
		}
		stop()
		follower.Wait()
	}
}

// follow the files. A reload may end the watch that asked for it, and goes on.
func (r *Reloader) follow(watching, life context.Context) {
	reload := func(context.Context) error {
		_, err := r.Reload(life, "watch")
		return err
	}
	if err := r.Config.store.Watch(watching, r.Files, reload); err != nil && watching.Err() == nil {
		r.Log.Error("config: the files are not watched any more", "error", err)
	}
}
