package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
)

// service is a store with a file and a history, as one process has them.
type service struct {
	*Store
	t       testing.TB
	file    string
	more    []Source // beside the file
	history *history.History
}

// newService writes the first configuration; start opens the store.
func newService(t testing.TB, text string) *service {
	t.Helper()
	folder := t.TempDir()
	s := &service{t: t, file: filepath.Join(folder, "gind.yaml"), history: &history.History{Dir: filepath.Join(folder, "history")}}
	s.write(text)
	return s
}

func (s *service) write(text string) { write(s.t, s.file, text) }

func (s *service) open(options ...Option) error {
	sources := append([]Source{File{Path: s.file}}, s.more...)
	loader := &Loader{Schema: keysSchema(s.t), Sources: sources}
	store, err := Open(context.Background(), loader, append([]Option{WithHistory(s.history)}, options...)...)
	s.Store = store
	return err
}

func (s *service) start(options ...Option) {
	s.t.Helper()
	if err := s.open(options...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *service) reload() *Outcome {
	s.t.Helper()
	o, err := s.Reload(context.Background(), "test")
	if err != nil {
		s.t.Fatal(err)
	}
	if o.Warning != nil {
		s.t.Fatal(o.Warning)
	}
	return o
}

func (s *service) rollback(n int) *Outcome {
	s.t.Helper()
	o, err := s.Rollback(context.Background(), n, "operator")
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// is checks what is in force: the version, and the number of workers.
func (s *service) is(version, workers int) {
	s.t.Helper()
	c := s.Current()
	if got := c.Value().(*keys).Server.Workers; c.Version != version || got != workers {
		s.t.Errorf("version %d with %d workers, want version %d with %d", c.Version, got, version, workers)
	}
}

func workers(n int) string { return fmt.Sprintf("server: {workers: %d}\n", n) }

// step is a Prepared that notes what is done with it.
type step struct {
	name string
	log  *[]string
	err  error
}

func (s step) Commit() error { *s.log = append(*s.log, "commit "+s.name); return s.err }
func (s step) Rollback()     { *s.log = append(*s.log, "rollback "+s.name) }

func TestCommitThatFailsRollsBackInReverse(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	var log []string
	stage := func(name string, err error) {
		s.Subscribe(name, Staged(func(context.Context, *Snapshot, *Snapshot) (Prepared, error) {
			log = append(log, "prepare "+name)
			return step{name, &log, err}, nil
		}))
	}
	s.Subscribe("sure", Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) {
		return func() { log = append(log, "sure") }, nil
	}))
	boom := errors.New("port in use")
	stage("a", nil)
	stage("b", boom)
	stage("c", nil)
	s.write(workers(2))
	_, err := s.Reload(context.Background(), "test")
	if !errors.Is(err, boom) || !strings.HasPrefix(err.Error(), "b: ") {
		t.Errorf("error %v", err)
	}
	want := "prepare a, prepare b, prepare c, commit a, commit b, rollback c, rollback b, rollback a"
	if got := strings.Join(log, ", "); got != want {
		t.Errorf("done: %s\nwant: %s", got, want)
	}
	s.is(1, 1)
	if list, err := s.history.List(); err != nil || len(list) != 1 {
		t.Errorf("the history has %d versions, %v", len(list), err)
	}
}

func TestRefusalReleasesWhatWasPrepared(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	var log []string
	s.Subscribe("a", Staged(func(context.Context, *Snapshot, *Snapshot) (Prepared, error) { return step{"a", &log, nil}, nil }))
	s.Subscribe("b", Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) { panic("a nil map") }))
	s.write(workers(2))
	_, err := s.Reload(context.Background(), "test")
	wants(t, err, "b: panic: a nil map")
	if len(log) != 1 || log[0] != "rollback a" {
		t.Errorf("done: %v", log)
	}
	s.is(1, 1)
}

func TestReloadStormsAreCoalesced(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	var reloads atomic.Int32
	begun, release := make(chan struct{}, 1), make(chan struct{})
	s.Subscribe("slow", Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) {
		reloads.Add(1)
		select {
		case begun <- struct{}{}:
		default:
		}
		<-release
		return nil, nil
	}))
	var all sync.WaitGroup
	call := func() { all.Go(func() { _, _ = s.Reload(context.Background(), "SIGHUP") }) }
	call()
	<-begun
	s.write(workers(2)) // after the first reload has read the file
	for range 1000 {
		call()
	}
	hurried, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := s.Reload(hurried, "impatient"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller with no time: %v", err)
	}
	for s.callers() < 1001 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	all.Wait()
	if n := reloads.Load(); n != 2 {
		t.Errorf("%d reloads for 1001 calls, want 2", n)
	}
	s.is(2, 2)
	if who := s.Current().Who; who != "SIGHUP, impatient" && who != "impatient, SIGHUP" {
		t.Errorf("asked for by %q", who)
	}
}

// callers are those who wait for the next reload.
func (s *Store) callers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		return 0
	}
	return s.next.callers
}

func TestReloadsAreBounded(t *testing.T) {
	s := newService(t, workers(1))
	s.start(WithTimeout(20 * time.Millisecond))
	s.Subscribe("stuck", Certain(func(ctx context.Context, _, _ *Snapshot) (func(), error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}))
	_, err := s.Reload(context.Background(), "test")
	wants(t, err, "stuck: the reload took longer than 20ms")
}

func TestOutcomeNamesTheKeysThatNeedARestart(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2) + "environment: development\n")
	o := s.reload()
	if len(o.Changes) != 2 || len(o.NeedRestart) != 1 || o.NeedRestart[0] != "environment" {
		t.Errorf("outcome is %+v", o)
	}
	if o.Old.Version != 1 || o.New.Version != 2 || o.New != s.Current() {
		t.Errorf("from %d to %d", o.Old.Version, o.New.Version)
	}
}

func TestViewsFollowWhatIsInForce(t *testing.T) {
	s := newService(t, "shop: {max_products: 1}\n")
	s.start()
	view, err := LiveOf[shop](s.Store, "shop")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := LiveOf[keys](s.Store, "")
	if err != nil {
		t.Fatal(err)
	}
	var seen []int
	view.OnChange("shop", func(_ context.Context, old, new *shop) (func(), error) {
		if new.MaxProducts > 100 {
			return nil, errors.New("too many")
		}
		return func() { seen = append(seen, old.MaxProducts, new.MaxProducts, view.Load().MaxProducts) }, nil
	})
	before := view.Load()
	s.write("shop: {max_products: 2}\nserver: {workers: 3}\n")
	s.reload()
	if view.Load().MaxProducts != 2 || whole.Load().Server.Workers != 3 || before.MaxProducts != 1 {
		t.Errorf("views show %+v and %+v", view.Load(), whole.Load())
	}
	s.write("shop: {max_products: 2}\nserver: {workers: 4}\n")
	s.reload()
	s.write("shop: {max_products: 101}\n")
	_, err = s.Reload(context.Background(), "test")
	wants(t, err, "shop: too many")
	if fmt.Sprint(seen) != "[1 2 2]" || view.Load().MaxProducts != 2 {
		t.Errorf("seen %v, now %+v", seen, view.Load())
	}
	if _, err := LiveOf[keys](s.Store, "shop"); err == nil {
		t.Error("a view of the wrong type was made")
	}
	if _, err := LiveOf[shop](s.Store, "bookshop"); err == nil {
		t.Error("a view of no section was made")
	}
}

func TestSectionsAreAddedBeforeTheStoreIsSealed(t *testing.T) {
	file := fileWith(t, "shop: {max_products: 3, currency: Euro}\nserver: {workers: 0}\nsrever: {}\n")
	open := schema.NewSchema(&keys{})
	loader := &Loader{Schema: open, Sources: []Source{File{Path: file}}}
	s, err := Open(context.Background(), loader)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, s.Trouble(), "server.workers: 0 is below")
	if err := s.AddSection(context.Background(), "shop", &shop{}); err != nil {
		t.Fatal(err)
	}
	view, err := LiveOf[shop](s, "shop")
	if err != nil || view.Load().MaxProducts != 3 {
		t.Fatalf("the section is not there at once: %v", err)
	}
	// All at once: what is wrong with the whole, with the section and at the top.
	wants(t, s.Seal(context.Background()), "server.workers: 0 is below", `shop.currency: "Euro" has to have 3`, "srever: unknown key (did you mean server?)")
	write(t, file, "shop: {max_products: 4}\n")
	if err := s.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	if view.Load().MaxProducts != 4 || s.Current().Version != 1 || s.Trouble() != nil {
		t.Errorf("sealed with %+v, version %d, %v", view.Load(), s.Current().Version, s.Trouble())
	}
	if err := s.AddSection(context.Background(), "late", &shop{}); err == nil {
		t.Error("a section was added to a sealed store")
	}
}

// TestNobodySeesAMix: two keys that change together are never seen apart.
func TestNobodySeesAMix(t *testing.T) {
	text := func(n int) string { return fmt.Sprintf("server: {workers: %d}\nshop: {max_products: %d}\n", n, n) }
	s := newService(t, text(1))
	s.history.MaxVersions = 3
	s.start()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var mixes, reads atomic.Int64
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := s.Current()
				reads.Add(1)
				if c.Value().(*keys).Server.Workers != c.Section("shop").(*shop).MaxProducts {
					mixes.Add(1)
				}
			}
		})
	}
	for n := range 50 {
		s.write(text(1 + n%60))
		s.reload()
		s.write("server: {workers: 0}\n")
		if _, err := s.Reload(context.Background(), "bad"); err == nil {
			t.Fatal("a bad file was taken")
		}
	}
	close(stop)
	readers.Wait()
	if mixes.Load() > 0 || reads.Load() == 0 {
		t.Errorf("%d of %d reads saw a mix", mixes.Load(), reads.Load())
	}
}

func TestStartsWithoutAHistoryFolder(t *testing.T) {
	s := newService(t, workers(1))
	write(t, filepath.Join(filepath.Dir(s.file), "blocked"), "")
	s.history.Dir = filepath.Join(filepath.Dir(s.file), "blocked", "history")
	s.start()
	if s.Trouble() == nil {
		t.Error("nobody hears that there is no history")
	}
	s.write(workers(2))
	o, err := s.Reload(context.Background(), "test")
	if err != nil || o.Warning == nil {
		t.Errorf("reload: %v, warning %v", err, o.Warning)
	}
	s.is(2, 2)
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		keepUntilKilled(dir)
	}
	os.Exit(m.Run())
}
