package config

import (
	"context"
	"sync"

	"github.com/gind/gind/internal/config/watchfiles"
)

// Watch calls reload when a source, a file with a secret, or one of the files
// that more names has changed, until ctx ends. more may be nil; reload is to call
// Reload, and returns its error. A source that was touched and says what it said
// before is no change, also if that was refused. The error of Watch is that a
// source can't be watched.
func (s *Store) Watch(ctx context.Context, more func(*Snapshot) []string, reload func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sources, files := make(chan struct{}, 1), make(chan struct{}, 1)
	watchers := []func() error{func() error { return watchfiles.Watch(ctx, s.namedFiles(more), butFirst(signal(files))) }}
	for _, source := range s.loader.Sources {
		if w, ok := source.(Watcher); ok {
			watchers = append(watchers, func() error { return w.Watch(ctx, signal(sources)) })
		}
	}
	failed := make(chan error, len(watchers))
	var all sync.WaitGroup
	for _, watch := range watchers {
		all.Go(func() { failed <- watch() })
	}
	err := s.follow(ctx, sources, files, failed, reload)
	cancel()
	all.Wait()
	return err
}

// namedFiles are the files that keys name.
func (s *Store) namedFiles(more func(*Snapshot) []string) func() []string {
	return func() []string {
		files := s.Current().SecretFiles()
		if more != nil {
			files = append(files, more(s.Current())...)
		}
		return files
	}
}

// butFirst leaves the first call out: which content of a file that a key names is
// in force is not known here, so that nothing could be compared.
func butFirst(f func()) func() {
	first := true
	return func() {
		if !first {
			f()
		}
		first = false
	}
}

func signal(c chan<- struct{}) func() {
	return func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// follow what the watchers see.
func (s *Store) follow(ctx context.Context, sources, files <-chan struct{}, failed <-chan error, reload func(context.Context) error) error {
	refused := "" // what the sources said at the last reload that failed
	for {
		certain := false
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			if err != nil && ctx.Err() == nil {
				return err
			}
			continue
		case <-sources:
		case <-files:
			certain = true
		}
		said, err := s.whatIsSaid(ctx)
		if err != nil || !certain && (said == s.Current().said.All || said == refused) {
			continue
		}
		refused = ""
		if reload(ctx) != nil {
			refused = said
		}
	}
}

// whatIsSaid is the digest of what the sources say now.
func (s *Store) whatIsSaid(ctx context.Context) (string, error) {
	if err := s.takeTurn(ctx); err != nil {
		return "", err
	}
	defer func() { <-s.turn }()
	return saidBy(s.loader.read(ctx)).All, nil
}
