package crash

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const roleVariable = "CRASH_TEST_ROLE"

// roles are what a process does that a test starts. Each ends the process.
var roles = map[string]func(*Recorder){
	"well":  func(r *Recorder) { _ = r.Close() },
	"panic": func(*Recorder) { go panickingWork(); select {} },
	"map":   func(*Recorder) { racyWork() },
	"stack": func(*Recorder) { debug.SetMaxStack(1 << 20); fmt.Println(deepWork(0)) },
	"hang":  func(*Recorder) { fmt.Println("ready"); hangingWork() },
	"noted": func(r *Recorder) {
		var lock sync.Mutex
		lock.Lock()
		for range 20 {
			go stuckWork(&lock)
		}
		time.Sleep(50 * time.Millisecond)
		_, _ = r.Note(Note{Reason: "the probe got no answer", Requests: []string{"GET /slow 12s"}, Errors: []string{"bad\nthing"}})
		fmt.Println("ready")
		hangingWork()
	},
	"settled, then killed": func(r *Recorder) {
		_, _ = r.Note(Note{Reason: "the probe got no answer"})
		_ = r.Settle()
		_ = os.Stdout.Close()
		process, _ := os.FindProcess(os.Getpid())
		_ = process.Kill()
		select {}
	},
	"lived, then killed": func(r *Recorder) {
		_ = os.Chtimes(r.file.Name(), time.Time{}, time.Now().Add(-time.Hour)) // it began then
		r.Lives()
		_ = os.Stdout.Close()
		process, _ := os.FindProcess(os.Getpid())
		_ = process.Kill()
		select {}
	},
	"noted and well": func(r *Recorder) {
		_, _ = r.Note(Note{Reason: "the probe got no answer"})
		_ = r.Close()
	},
}

func panickingWork() { panic("this is the panic") }

func racyWork() {
	m := map[int]int{}
	for range 8 {
		go func() {
			for {
				m[1]++
			}
		}()
	}
	select {}
}

func deepWork(n int) int {
	if n < 0 {
		return 0
	}
	return deepWork(n+1) + 1
}

func hangingWork() { time.Sleep(time.Hour) }

func stuckWork(lock *sync.Mutex) { lock.Lock() }

func TestMain(m *testing.M) {
	role := roles[os.Getenv(roleVariable)]
	if role == nil {
		// The roles are in a room of gind itself.
		frameworks = slices.DeleteFunc(frameworks, func(prefix string) bool { return strings.HasSuffix(prefix, "/internal/") })
		os.Exit(m.Run())
	}
	r, _, err := Open(Options{Folder: Folder{os.Getenv("CRASH_TEST_FOLDER")}, Service: "probe", Version: "1.2.3"})
	if err == nil {
		err = r.Arm()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	role(r)
}

// play starts a process that plays a role.
func play(t *testing.T, f Folder, role string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "CRASH_TEST_FOLDER="+f.Dir)
	out = &bytes.Buffer{}
	cmd.Stderr = out
	return cmd, out
}

func ended(t *testing.T, f Folder, role string) (said string) {
	t.Helper()
	cmd, out := play(t, f, role)
	_ = cmd.Run()
	return out.String()
}

// next is what the next process finds.
func next(t *testing.T, f Folder) []Report {
	t.Helper()
	r, found, err := Open(Options{Folder: f, Service: "next"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatTheRuntimeSaysIsFoundByTheNextProcess(t *testing.T) {
	for role, want := range map[string]struct {
		kind          Kind
		reason, place string
	}{
		"panic": {Panic, "panic: this is the panic", "crash/crash_test.go:61 github.com/gind/gind/internal/crash.panickingWork"},
		"map":   {Fatal, "fatal error: concurrent map access", "racyWork.func1"},
		"stack": {Fatal, "fatal error: stack overflow", "deepWork"},
	} {
		t.Run(role, func(t *testing.T) {
			f := Folder{filepath.Join(t.TempDir(), "crashes")}
			said := ended(t, f, role)
			found := next(t, f)
			if len(found) != 1 {
				t.Fatalf("found %v; the process said %s", found, said)
			}
			r := found[0]
			if r.Kind != want.kind || !strings.HasPrefix(r.Reason, want.reason) || r.Number != 1 || r.Service != "probe" || r.Version != "1.2.3" || r.PID == 0 || !strings.Contains(r.Place, want.place) {
				t.Errorf("%+v", r)
			}
			_, text, err := f.Read(1)
			if err != nil || !strings.Contains(text, "goroutine ") || !strings.Contains(said, strings.TrimSpace(text[:40])) {
				t.Errorf("%v\n%s", err, text)
			}
			if again := next(t, f); len(again) != 0 {
				t.Errorf("found again: %v", again)
			}
		})
	}
}

func TestProcessThatEndsWellLeavesNothing(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	if said := ended(t, f, "well"); said != "" {
		t.Error(said)
	}
	if found := next(t, f); len(found) > 0 || f.Total() != 0 {
		t.Errorf("%v", found)
	}
	entries, _ := os.ReadDir(f.Dir)
	if len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
}

// TestWhatWasNoticedOutlivesAKill: it says what happened where the runtime could not.
func TestWhatWasNoticedOutlivesAKill(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	cmd, _ := play(t, f, "noted")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	// As in an upgrade: a process that lives is not taken for a crashed one.
	if found := next(t, f); len(found) > 0 {
		t.Fatalf("the process still runs: %v", found)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	found := next(t, f)
	if len(found) != 1 || found[0].Kind != Killed || found[0].Reason != "killed after this was noticed: the probe got no answer" {
		t.Fatalf("%+v", found)
	}
	_, text, err := f.Read(1)
	for _, want := range []string{"open requests (1):\n  GET /slow 12s\n", "last errors (1):\n  bad thing\n", "crash.stuckWork("} {
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("no %q: %v\n%.2000s", want, err, text)
		}
	}
}

func TestWhatWasNoticedIsKeptIfTheProcessGoesOn(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	ended(t, f, "noted and well")
	list, err := f.List()
	if err != nil || len(list) != 1 || list[0].Kind != Survived || list[0].Reason != "the probe got no answer" {
		t.Errorf("%+v, %v", list, err)
	}
	if found := next(t, f); len(found) > 0 {
		t.Errorf("it did not crash: %v", found)
	}
}

func TestWhatIsOverIsNotTheReasonOfALaterCrash(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	ended(t, f, "settled, then killed")
	found := next(t, f)
	if len(found) != 1 || found[0].Number != 2 || found[0].Kind != Killed || strings.Contains(found[0].Reason, "noticed") {
		t.Errorf("%+v", found)
	}
	if r, text, err := f.Read(1); err != nil || r.Kind != Survived || !strings.Contains(text, "goroutine ") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestACrashIsDatedWhenTheProcessLastLived(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	ended(t, f, "lived, then killed")
	found := next(t, f)
	if len(found) != 1 || time.Since(found[0].Ended) > time.Minute {
		t.Errorf("%+v", found)
	}
}

func TestFolderIsBounded(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "crashes")}
	next(t, f)
	for i := range MaxReports + 3 {
		head := Report{Service: "probe", PID: i}.head()
		body := "panic: much\n\ngoroutine 1 [running]:\n" + strings.Repeat("x", MaxBytes+i)
		if i > 0 {
			body = "panic: little\n"
		}
		if err := os.WriteFile(filepath.Join(f.Dir, runningPrefix+fmt.Sprint(i)+suffix), []byte(head+body), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := next(t, f); len(found) != 1 || found[0].Number != i+1 {
			t.Fatalf("%+v", found)
		}
		if info, err := os.Stat(f.path(i + 1)); err != nil || info.Size() > MaxBytes+1024 {
			t.Errorf("%v, %v", info, err)
		}
	}
	list, err := f.List()
	if err != nil || len(list) != MaxReports || list[0].Number != 4 || f.Total() != MaxReports+3 {
		t.Errorf("%d reports from %d, %d in total, %v", len(list), list[0].Number, f.Total(), err)
	}
	if _, _, err := f.Read(1); !errors.Is(err, ErrNoReport) {
		t.Errorf("the first: %v", err)
	}
}

func TestRecorderThatIsNotThere(t *testing.T) {
	var r *Recorder
	if stacks, err := r.Note(Note{}); err != nil || !strings.Contains(stacks, "TestRecorderThatIsNotThere") {
		t.Errorf("%v\n%s", err, stacks)
	}
	if err := errors.Join(r.Arm(), r.Close()); err != nil {
		t.Error(err)
	}
	if _, _, err := Open(Options{Folder: Folder{filepath.Join(t.TempDir(), "no", "folder")}}); err == nil {
		t.Error("no error")
	}
}

// gold is a dump of a deadlock, as the runtime prints it.
const gold = `SIGABRT: abort
PC=0x48f8e3 m=0 sigcode=0

goroutine 0 gp=0x1d94160 m=0 mp=0x1d94de0 [idle]:
runtime.futex()
	runtime/sys_linux_amd64.s:574 +0x21

goroutine 1 gp=0xc000002380 m=nil [chan receive]:
runtime.gopark(0x0)
	runtime/proc.go:462 +0xce
github.com/gind/gind.Main(0xc000)
	github.com/gind/gind/gind.go:39 +0x1
github.com/spf13/cobra.(*Command).execute(0xc000)
	github.com/spf13/cobra@v1.10.2/command.go:1015 +0x1
main.main()
	github.com/gind/gind/vm-tests/testapp/main.go:38 +0x1

goroutine 34 [sync.RWMutex.Lock]:
sync.(*RWMutex).Lock(0xc0001)
	sync/rwmutex.go:155 +0x6a
main.routes.func5(0xc0002)
	github.com/gind/gind/vm-tests/testapp/main.go:78 +0x1f

goroutine 35 [sync.RWMutex.RLock]:
sync.(*RWMutex).RLock(...)
	sync/rwmutex.go:74
main.routes.func1(0xc0002)
	github.com/gind/gind/vm-tests/testapp/main.go:64 +0x1f
created by net/http.(*Server).Serve in goroutine 12
	net/http/server.go:3454 +0x485

goroutine 2 [select]:
github.com/gind/gind/internal/health.(*Registry).loop(0xc000)
	github.com/gind/gind/internal/health/loop.go:27 +0x1
github.com/spf13/cobra.(*Command).execute(0xc000)
	github.com/spf13/cobra@v1.10.2/command.go:1015 +0x1

goroutine 3 [select]:
github.com/godbus/dbus/v5.newConn.func1()
	github.com/godbus/dbus/v5@v5.2.4/conn.go:311 +0x1

goroutine 4 [select]:
github.com/godbus/dbus/v5.newConn.func1()
	github.com/godbus/dbus/v5@v5.2.4/conn.go:311 +0x1

goroutine 36 [sync.RWMutex.RLock]:
github.com/lib/pq.wait(0xc0002)
	github.com/lib/pq@v1/conn.go:1 +0x1
main.routes.func1(0xc0002)
	github.com/gind/gind/vm-tests/testapp/main.go:64 +0x1f
`

func TestPlaceOfADeadlockIsWhereMostAre(t *testing.T) {
	kind, reason, place := lastWords(gold)
	if kind != Aborted || reason != "SIGABRT: abort" || place != "testapp/main.go:64 main.routes.func1" {
		t.Errorf("%s: %s, at %s", kind, reason, place)
	}
}

func TestStandardLibraryIsNotToBlame(t *testing.T) {
	for function, standard := range map[string]bool{
		"runtime.gopark": true, "panic": true, "net/http.(*conn).serve": true, "sync.(*Mutex).Lock": true,
		"main.work": false, "main.(*shop).Serve": false, "example.org/shop/db.Open": false,
	} {
		if isStandard(function) != standard {
			t.Errorf("%s: %v", function, !standard)
		}
	}
}

func TestLastErrorsAreThoseOfAllLoggers(t *testing.T) {
	var last LastErrors
	log := slog.New(last.Watch(slog.NewTextHandler(&bytes.Buffer{}, nil))).With("a", 1).WithGroup("g")
	for i := range 25 {
		log.Error(fmt.Sprintf("error %d", i))
	}
	log.Warn("not one")
	list := last.List()
	if len(list) != 20 || !strings.HasSuffix(list[0], " error 5") || !strings.HasSuffix(list[19], " error 24") {
		t.Errorf("%q", list)
	}
}

// piecemeal takes records in pieces.
type piecemeal struct {
	slog.Handler
	took *int
}

func (p piecemeal) HandleAttrs(time.Time, slog.Level, string, uintptr, []slog.Attr) error {
	*p.took++
	return nil
}

func TestLastErrorsDoNotStandInTheWayOfRecordsInPieces(t *testing.T) {
	var last LastErrors
	took := 0
	if _, ok := last.Watch(slog.NewTextHandler(&bytes.Buffer{}, nil)).(attrsHandler); ok {
		t.Error("it takes what the next one does not")
	}
	handler, ok := last.Watch(piecemeal{slog.NewTextHandler(&bytes.Buffer{}, nil), &took}).(attrsHandler)
	if !ok {
		t.Fatal("it does not take what the next one does")
	}
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelError} {
		if err := handler.HandleAttrs(time.Now(), level, level.String(), 0, nil); err != nil {
			t.Error(err)
		}
	}
	if list := last.List(); took != 2 || len(list) != 1 || !strings.HasSuffix(list[0], " ERROR") {
		t.Errorf("%d passed on, remembered %q", took, list)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(gold)
	f.Add(noticed + "x\n" + endOfNote + gold)
	f.Fuzz(func(t *testing.T, text string) {
		r, body := parseHead(text)
		r.judge(body, false)
		if strings.ContainsRune(r.head(), 0) {
			t.Error("a control character in the head")
		}
		if back, _ := parseHead(r.head()); back.Kind != r.Kind {
			t.Errorf("%q became %q", r.Kind, back.Kind)
		}
	})
}
