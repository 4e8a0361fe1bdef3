package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
)

func TestEachChangeIsAVersion(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2) + "token: hunter2\n")
	s.reload()
	s.reload() // no change, no version
	list, err := s.history.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%d versions, %v", len(list), err)
	}
	v := list[1]
	if v.Number != 2 || v.Who != "test" || v.SHA256 != s.Current().SHA256 || !v.Good || len(v.Files) != 1 || v.Files[0] != s.file {
		t.Errorf("version is %+v", v)
	}
	if len(v.Changes) != 2 || v.Changes[0].Key != "server.workers" || v.Changes[0].Old != "1" || v.Changes[0].New != "2" {
		t.Errorf("changes are %+v", v.Changes)
	}
	if changes, err := s.history.Diff(1, 2); err != nil || len(changes) != 2 {
		t.Errorf("diff is %+v, %v", changes, err)
	}
	if _, err := s.history.Get(9); !errors.Is(err, history.ErrNoVersion) {
		t.Errorf("version 9: %v", err)
	}
	noSecretsIn(t, s.history.Dir)
	info, err := os.Stat(s.version(2))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

// version is the path of a version's file.
func (s *service) version(n int) string {
	return filepath.Join(s.history.Dir, fmt.Sprintf("%08d.json", n))
}

// noSecretsIn checks that nothing in a folder holds the secret hunter2.
func noSecretsIn(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal("nothing is kept: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil || strings.Contains(string(text), "hunter2") {
			t.Errorf("%s: a secret, or %v", file.Name(), err)
		}
	}
}

func TestNumbersGoOnAfterARestart(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2))
	s.reload()
	s.start() // what is in force is the newest version already
	s.is(2, 2)
	s.write(workers(3))
	s.start()
	s.is(3, 3)
	v, err := s.history.Get(3)
	if err != nil || v.Who != "start" || len(v.Changes) != 1 {
		t.Errorf("version is %+v, %v", v, err)
	}
}

func TestRollbackIsKeptUntilTheFilesChange(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2))
	s.reload()
	if o := s.rollback(0); len(o.Changes) != 1 || o.New.Who != "operator" {
		t.Errorf("outcome is %+v", o)
	}
	s.is(3, 1) // the rollback is a version of its own
	if s.Current().Pinned != 1 {
		t.Errorf("pinned is %d", s.Current().Pinned)
	}
	if v, err := s.history.Get(3); err != nil || v.RollbackTo != 1 {
		t.Errorf("version is %+v, %v", v, err)
	}
	if o := s.reload(); len(o.Changes) != 0 {
		t.Errorf("a reload without a change undid it: %+v", o.Changes)
	}
	s.start()
	s.is(3, 1)
	if s.Current().Pinned != 1 {
		t.Error("it is not pinned after a restart")
	}
	s.write(workers(4))
	s.reload()
	s.is(4, 4)
	if pin, err := s.history.Pin(); pin != nil || err != nil || s.Current().Pinned != 0 {
		t.Errorf("pin is %+v, %v", pin, err)
	}
	s.rollback(2)
	s.is(5, 2)
	s.write(workers(4) + "# changed\n")
	s.start()
	s.is(6, 4)
}

func TestRollbackIsReleased(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2))
	s.reload()
	s.rollback(1)
	if _, err := s.Release(context.Background(), "operator"); err != nil {
		t.Fatal(err)
	}
	s.is(4, 2)
	s.start()
	s.is(4, 2)
}

func TestRollbackIsCheckedLikeAReload(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	if _, err := s.Rollback(context.Background(), 0, "operator"); !errors.Is(err, history.ErrNoVersion) {
		t.Errorf("with nothing before: %v", err)
	}
	s.write(workers(2))
	s.reload()
	refusal := errors.New("the certificate is gone")
	s.Subscribe("tls", Certain(func(context.Context, *Snapshot, *Snapshot) (func(), error) { return nil, refusal }))
	if _, err := s.Rollback(context.Background(), 1, "operator"); !errors.Is(err, refusal) {
		t.Errorf("refused by a subscriber: %v", err)
	}
	s.is(2, 2)
	s.loader.Checks = []func(*Snapshot) []*document.Mistake{func(s *Snapshot) []*document.Mistake {
		return []*document.Mistake{s.Mistake("server.workers", "one is not enough")}
	}}
	_, err := s.Rollback(context.Background(), 1, "operator")
	wants(t, err, "version 1 ("+s.file+":1:19): server.workers: one is not enough")
	if pin, _ := s.history.Pin(); pin != nil {
		t.Error("a rollback that was refused is pinned")
	}
}

func TestRollbackTakesSecretsFromTheFiles(t *testing.T) {
	s := newService(t, workers(1)+"token: hunter2\n")
	s.start()
	s.write(workers(2) + "token: hunter2-new\n")
	s.reload()
	s.rollback(1)
	s.is(3, 1)
	if got := s.Current().Value().(*keys).Token.Reveal(); got != "hunter2-new" {
		t.Errorf("the secret is %q", got)
	}
	noSecretsIn(t, s.history.Dir)
	s.write(workers(2))
	_, err := s.Rollback(context.Background(), 1, "operator")
	wants(t, err, "token: [redacted] stands for a secret that is not known here")
}

func TestAllKindsOfValuesComeBack(t *testing.T) {
	_, before, err := loadRich(t, `shop:
  title: "two\nlines: \"x\" # - [é]\t"
  plans: [{name: "a, b"}, {name: "null", trial: 90m}]
  labels: {a.b/c: "", "x y": "- z", "é\"": "@"}
  retry: {times: 7}
  endpoint: https://example.org/?a=b
  untagged: 7
`)
	if err != nil {
		t.Fatal(err)
	}
	s := schema.NewSchema(&struct{}{})
	if err := s.AddSection("shop", &rich{}); err != nil {
		t.Fatal(err)
	}
	after, err := (&Loader{Schema: s}).recall(&history.Version{Number: 3, Entries: before.filled.Entries}, nil).result()
	if err != nil {
		t.Fatal(err)
	}
	if changes := Diff(before, after); len(changes) > 0 {
		t.Errorf("changed: %+v", changes)
	}
	origins := map[string]string{}
	for _, e := range after.Entries() {
		origins[e.Key] = e.Origin.String()
	}
	if !strings.HasPrefix(origins["shop.title"], "version 3 (") || origins["shop.network"] != "default" {
		t.Errorf("origins are %v", origins)
	}
}

func TestLastGoodVersionIsUsedIfTheFilesAreBad(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	s.write(workers(2))
	s.reload()
	s.write("server: {workers: 0}\n")
	if err := s.open(); err == nil {
		t.Error("without permission a bad file was taken")
	}
	if err := s.open(WithFallback(func(_, _ *Snapshot) bool { return false })); err == nil {
		t.Error("against its own word the last good version was taken")
	}
	s.start(WithFallback(func(_, good *Snapshot) bool { return good.Value().(*keys).Server.Workers == 2 }))
	s.is(2, 2)
	wants(t, s.Trouble(), "server.workers: 0 is below the minimum 1")
	s.write(workers(3))
	s.reload()
	s.is(3, 3)
	if s.Trouble() != nil {
		t.Errorf("still in trouble: %v", s.Trouble())
	}
}

func TestOldVersionsAreRemoved(t *testing.T) {
	s := newService(t, workers(1))
	s.history.MaxVersions = 3
	s.start()
	s.write(workers(2))
	s.reload()
	s.rollback(1) // version 3, pinned
	for n := 3; n < 9; n++ {
		s.write(workers(n))
		s.reload()
	}
	numbers, err := s.history.Numbers()
	if err != nil || fmt.Sprint(numbers) != "[7 8 9]" {
		t.Errorf("kept are %v, %v", numbers, err)
	}
	s.history.MaxVersions, s.history.MaxSize = 0, 1
	s.write(workers(9))
	s.reload()
	if numbers, _ := s.history.Numbers(); fmt.Sprint(numbers) != "[10]" {
		t.Errorf("kept are %v", numbers)
	}
}

func TestDamagedVersionsAreToldAndPassedOver(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	for n := 2; n < 5; n++ {
		s.write(workers(n))
		s.reload()
	}
	write(t, s.version(4), "{")
	write(t, filepath.Join(s.history.Dir, "00000009.good"), "") // of a version that is gone
	text, err := os.ReadFile(s.version(3))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.version(3), strings.Replace(string(text), `"value":"3"`, `"value":"9"`, 1))
	write(t, filepath.Join(s.history.Dir, "pin.json"), "{")
	list, err := s.history.List()
	if len(list) != 2 || err == nil || strings.Count(err.Error(), "is damaged") != 2 {
		t.Errorf("%d versions, %v", len(list), err)
	}
	s.write("server: {workers: 0}\n")
	s.start(WithFallback(func(_, _ *Snapshot) bool { return true }))
	s.is(2, 2)
	s.write(workers(5))
	o, err := s.Reload(context.Background(), "test")
	if err != nil || o.Warning == nil {
		t.Errorf("the pin is not told: %v", err)
	}
	s.is(5, 5)
	s.write(workers(6))
	s.reload() // the pin was removed
}

// TestTwoProcessesNeverShareANumber: in an upgrade both may write.
func TestTwoProcessesNeverShareANumber(t *testing.T) {
	h := &history.History{Dir: t.TempDir()}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if err := h.Keep(&history.Version{SHA256: entry.Digest(nil)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if list, err := h.List(); err != nil || len(list) != 40 {
		t.Errorf("%d versions, %v", len(list), err)
	}
}

// crashDir is the variable that makes the test binary a process to be killed.
const crashDir = "CONFIG_TEST_CRASH_DIR"

// keepUntilKilled reloads and rolls back as fast as it can.
func keepUntilKilled(dir string) {
	s := &service{t: &testing.B{}, file: filepath.Join(dir, "gind.yaml"), history: &history.History{Dir: filepath.Join(dir, "history"), MaxVersions: 5}}
	for n := 0; ; n++ {
		replaceFile(s.file, workers(1+n%60))
		if s.Store == nil {
			if err := s.open(); err != nil {
				fmt.Println("start:", err)
				os.Exit(1)
			}
			fmt.Println("started")
		}
		if _, err := s.Reload(context.Background(), "test"); err != nil {
			fmt.Println("reload:", err)
		}
		if n%3 == 2 {
			_, _ = s.Rollback(context.Background(), 0, "test")
		}
	}
}

// replaceFile as a careful editor does.
func replaceFile(path, text string) {
	_ = os.WriteFile(path+".new", []byte(text), 0o600)
	_ = os.Rename(path+".new", path)
}

// TestKilledAtAnyInstant: whatever a process was doing, the history reads and the
// next one starts.
func TestKilledAtAnyInstant(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "gind.yaml"), workers(1))
	instants := 200
	if testing.Short() {
		instants = 10
	}
	for i := range instants {
		killed := exec.Command(os.Args[0])
		killed.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := killed.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 256)
		n, _ := out.Read(line)
		if got := string(line[:n]); !strings.HasPrefix(got, "started") {
			t.Fatalf("instant %d: the service does not start: %q", i, got)
		}
		time.Sleep(time.Duration(i*137%29) * time.Millisecond / 4)
		_ = killed.Process.Kill()
		_ = killed.Wait()
		history := &history.History{Dir: filepath.Join(dir, "history")}
		list, err := history.List()
		if err != nil || len(list) == 0 {
			t.Fatalf("instant %d: %d versions, %v", i, len(list), err)
		}
		if _, err := history.Pin(); err != nil {
			t.Fatalf("instant %d: %v", i, err)
		}
	}
}

// TestTheBadConfigSaysWhetherTheLastGoodOneMayBeUsed, as far as it can be read.
func TestTheBadConfigSaysWhetherTheLastGoodOneMayBeUsed(t *testing.T) {
	s := newService(t, workers(2))
	s.start()
	for text, want := range map[string]int{
		"server: {workers: 0, ratio: 0.1}\n":                           4, // wrong: the default
		"server: {workers: 7}\nshop: [\n":                              7,
		"shop: {currency: \"EUR}\nserver: {workers: 7}\n":              7,
		"server:\n  workers: 7\n  # a comment\n\nshop:\n\tx: 1\n":      7,
		"server: {workers: 7}\nserver: {workers: 8}\norigins: [}, a\n": 8,
		"server: {workers: 7\n":                                        4,
		"server: 7: 7\n":                                               4,
	} {
		s.write(text)
		seen := 0
		err := s.open(WithFallback(func(now, lastGood *Snapshot) bool {
			seen = now.Value().(*keys).Server.Workers
			return lastGood.Value().(*keys).Server.Workers != 2
		}))
		if err == nil || seen != want {
			t.Errorf("%q: %d workers are seen, want %d (%v)", text, seen, want, err)
		}
		if got, err := s.loader.Peek(t.Context()); err == nil || got.Value().(*keys).Server.Workers != want {
			t.Errorf("%q: Peek has %+v, %v", text, got, err)
		}
	}
}
