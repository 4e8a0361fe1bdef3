package reload

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
)

// running has Run go on until the test ends, which waits for it.
func running(t *testing.T, f *fixture) {
	t.Helper()
	f.Config.Store().Subscribe("watch", config.Certain(f.PrepareWatch))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		next(t, "Run ends with its context", ended)
	})
}

func TestTheFilesAreWatchedWhileTheConfigSaysSo(t *testing.T) {
	f := newFixture(t, "config: {watch: false}\n")
	running(t, f)
	reload := func(text string) {
		t.Helper()
		f.source.say(text)
		if _, err := f.Reload(t.Context(), "root"); err != nil {
			t.Fatal(err)
		}
	}
	reload("config: {watch: true}\n")
	next(t, "it begins to watch", f.source.watching)
	reload("config: {watch: false}\n")
	next(t, "it ends to watch", f.source.ended)
	reload("config: {watch: true}\n")
	next(t, "it watches again", f.source.watching)
	if len(f.source.watching) > 0 {
		t.Error("it watched when the config did not say so")
	}
}

// TestAWatchThatFailsIsTriedAgain, and told of once, and so is its return.
func TestAWatchThatFailsIsTriedAgain(t *testing.T) {
	f := newFixture(t, "config: {watch: true}\n")
	f.watch.retry = 10 * time.Millisecond
	f.source.failing.Store(true)
	running(t, f)
	for range 3 {
		next(t, "it is tried again", f.source.watching)
	}
	if why := f.Status().Unwatched; !strings.Contains(why, "too many open files") {
		t.Errorf("status says %q", why)
	}
	f.source.failing.Store(false)
	for deadline := time.Now().Add(10 * time.Second); f.Status().Unwatched != ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("status says to the end that nothing is watched")
		}
	}
	if said := f.log.String(); strings.Count(said, "are not watched") != 1 || strings.Count(said, "watched again") != 1 {
		t.Errorf("the log says\n%s", said)
	}
}

// TestAReloadThatTheWatchAskedForMayEndTheWatch, which waits for the reload: neither
// waits for the other.
func TestAReloadThatTheWatchAskedForMayEndTheWatch(t *testing.T) {
	f := newFixture(t, "config: {watch: true}\n")
	running(t, f)
	changed := next(t, "it watches from the beginning", f.source.watching)
	f.source.say("config: {watch: false}\n")
	changed()
	next(t, "it ends to watch", f.source.ended)
	if _, err := f.Reload(t.Context(), "root"); err != nil {
		t.Fatal(err)
	}
	if now := f.Config.Current(); now.Version != 2 || now.Who != "watch" {
		t.Errorf("version %d by %s, want 2 by watch", now.Version, now.Who)
	}
}
