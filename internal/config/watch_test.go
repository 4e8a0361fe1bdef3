package config

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// settle is how long nothing must happen before a change is looked at.
const settle = 150 * time.Millisecond

// watched counts the reloads of a service that watches its files.
type watched struct {
	*service
	reloads chan error
}

func watch(t *testing.T, s *service, more func(*Snapshot) []string) *watched {
	t.Helper()
	w := &watched{s, make(chan error, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		ended <- s.Watch(ctx, more, func(ctx context.Context) error {
			_, err := s.Reload(ctx, "watch")
			w.reloads <- err
			return err
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	time.Sleep(100 * time.Millisecond) // for the watches to be there
	return w
}

// await a reload; the error is its.
func (w *watched) await() error {
	w.t.Helper()
	select {
	case err := <-w.reloads:
		return err
	case <-time.After(10 * time.Second):
		w.t.Fatal("no reload")
		return nil
	}
}

// quiet checks that there is no reload.
func (w *watched) quiet() {
	w.t.Helper()
	select {
	case err := <-w.reloads:
		w.t.Errorf("a reload: %v", err)
	case <-time.After(3 * settle):
	}
}

func TestWatchSeesEveryWayToChangeAFile(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	w := watch(t, s, nil)
	s.write(workers(2))
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(2, 2)
	replaceFile(s.file, workers(3)) // as editors do
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(3, 3)
	if err := os.Remove(s.file); err != nil { // as others do
		t.Fatal(err)
	}
	time.Sleep(settle / 3)
	s.write(workers(4))
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(4, 4)
	s.write(workers(4)) // touched
	write(t, filepath.Join(filepath.Dir(s.file), ".gind.yaml.swp"), "x")
	w.quiet()
}

func TestWatchWaitsForTheEndOfAWrite(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	w := watch(t, s, nil)
	file, err := os.Create(s.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, piece := range []string{"server:", " {work", "ers: 5", "}\n"} {
		if _, err := file.WriteString(piece); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settle / 5)
	}
	if err := w.await(); err != nil {
		t.Errorf("half a file was read: %v", err)
	}
	s.is(2, 5)
}

func TestWatchTellsABadFileOnce(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	w := watch(t, s, nil)
	s.write(workers(0))
	if err := w.await(); err == nil {
		t.Error("a bad file was taken")
	}
	s.write(workers(0))
	w.quiet()
	s.write(workers(1)) // what is in force
	w.quiet()
	s.write(workers(0))
	s.is(1, 1)
}

// TestWatchFollowsLinks: Kubernetes swaps a link to a folder (..data) that the
// links to the files go through.
func TestWatchFollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	s := newService(t, "")
	dir := filepath.Dir(s.file)
	swap := func(name, text string) {
		write(t, filepath.Join(dir, name, "gind.yaml"), text)
		_ = os.Symlink(name, filepath.Join(dir, "..data_tmp"))
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	swap("..2026_01", workers(1))
	if err := os.Remove(s.file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("..data", "gind.yaml"), s.file); err != nil {
		t.Fatal(err)
	}
	s.start()
	w := watch(t, s, nil)
	for n, name := range []string{"..2026_02", "..2026_03"} {
		swap(name, workers(n+2))
		if err := w.await(); err != nil {
			t.Fatal(err)
		}
		s.is(n+2, n+2)
	}
}

func TestWatchSeesDropInsAndNamedFiles(t *testing.T) {
	s := newService(t, workers(1))
	dir := filepath.Dir(s.file)
	certificate, dropIns := filepath.Join(dir, "tls", "server.crt"), filepath.Join(dir, "gind.d")
	write(t, certificate, "one")
	s.more = []Source{DropIns{dropIns}}
	s.start()
	w := watch(t, s, func(*Snapshot) []string { return []string{certificate} })
	write(t, filepath.Join(dropIns, "a.yaml"), workers(2)) // with a folder that was not there
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(2, 2)
	write(t, filepath.Join(dropIns, "b.yaml"), workers(3))
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(3, 3)
	write(t, certificate, "two")
	if err := w.await(); err != nil {
		t.Fatal(err)
	}
	s.is(3, 3) // subscribers were asked, no key has changed
}
