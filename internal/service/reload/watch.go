package reload

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/status"
)

// watch says whether the files of the config are to be watched, and why they are not.
type watch struct {
	wanted  atomic.Bool
	changed chan struct{} // capacity one
	failure atomic.Pointer[string]
	retry   time.Duration
}

func newWatch() *watch { return &watch{changed: make(chan struct{}, 1), retry: retryTime} }

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

const (
	// retryTime is how long after a watch that failed it is tried again.
	retryTime = 30 * time.Second
	// provenTime is how long a watch has gone on that has not failed.
	provenTime = time.Second
)

// follow the files. A reload may end the watch that asked for it, and goes on. What
// stands in the way of a watch, as other programs that have all of inotify(7), may end.
func (r *Reloader) follow(watching, life context.Context) {
	defer r.watch.failure.Store(nil)
	reload := func(context.Context) error {
		_, err := r.Reload(life, "watch")
		return err
	}
	for watching.Err() == nil {
		if err := r.watchOnce(watching, reload); err != nil {
			r.watchesNot(err)
		}
		select {
		case <-watching.Done():
		case <-time.After(r.watch.retry):
		}
	}
}

// watchOnce watches until ctx ends or the watch fails, and tells when one that had
// failed does not any more.
func (r *Reloader) watchOnce(ctx context.Context, reload func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	var prover sync.WaitGroup
	prover.Go(func() {
		select {
		case <-ctx.Done():
		case <-time.After(provenTime):
			r.watches(ctx)
		}
	})
	err := r.Config.store.Watch(ctx, r.Files, reload)
	stop()
	prover.Wait()
	return err
}

// watches notes that the files are watched, and tells it if they were not.
func (r *Reloader) watches(ctx context.Context) {
	if r.watch.failure.Load() != nil {
		r.Log.Log(ctx, journal.LevelNotice, "config: the files are watched again")
		r.watch.failure.Store(nil)
	}
}

// watchesNot tells that the files are not watched, once.
func (r *Reloader) watchesNot(err error) {
	why := err.Error()
	if r.watch.failure.Swap(&why) == nil {
		r.Log.Error("config: the files are not watched, and a change needs a reload: "+why, "error", err)
	}
}

// Status says which config is in force, and whether its files are watched as it says.
func (r *Reloader) Status() status.Config {
	now := r.Config.Status()
	if why := r.watch.failure.Load(); why != nil {
		now.Unwatched = *why
	}
	return now
}
