package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/status"
)

var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// records are lines of the log, by the second of each.
func records(seconds ...int) string {
	var b strings.Builder
	for _, n := range seconds {
		at := begin.Add(time.Duration(n) * time.Second).Format("2006-01-02T15:04:05.000000Z07:00")
		fmt.Fprintf(&b, `{"time":%q,"level":"INFO","msg":"record %d"}`+"\n", at, n)
	}
	return b.String()
}

// process answers on a control socket with what memory holds, then with what it logs
// while it is followed, then ends.
func process(t *testing.T, socket, folder, memory, later string) {
	t.Helper()
	server := control.New(control.Options{
		Status: func(context.Context) status.Status {
			return status.Status{Journal: map[string]any{"target": "journal", "mirror": map[string]any{"dir": folder}}}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	server.Stream("/logs", func(_ context.Context, r *control.Request, w io.Writer) error {
		_, err := io.WriteString(w, memory+"\n")
		if r.Query.Get("follow") == "true" {
			_, err = io.WriteString(w, later)
			go func() { _ = server.Shutdown(context.Background()) }()
		}
		return err
	})
	l, err := listener.ListenUnix(socket, control.DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
}

// folder has the log files of a service.
func folder(t *testing.T, lines string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "info.log"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// request asks for JSON; what else was said goes to notes.
func request(t *testing.T, out io.Writer) (r command.LogRequest, notes *[]string) {
	notes = new([]string)
	return command.LogRequest{
		Lines: command.AllLines, JSON: true, Out: out,
		Note: func(text string) { *notes = append(*notes, text) },
	}, notes
}

func TestWhatFilesAndMemoryHaveIsPrintedOnceEach(t *testing.T) {
	dir, socket := folder(t, records(1, 2, 3)), filepath.Join(t.TempDir(), "control.sock")
	process(t, socket, dir, records(2, 3, 4), "")
	var out bytes.Buffer
	r, notes := request(t, &out)
	if err := Print(t.Context(), r, socket, "/nowhere"); err != nil || len(*notes) > 0 {
		t.Errorf("%v, %q", err, *notes)
	}
	if want := records(1, 2, 3, 4); out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}

func TestTheLastRecordsAreThoseOfFilesAndMemoryTogether(t *testing.T) {
	dir, socket := folder(t, records(1, 2, 3)), filepath.Join(t.TempDir(), "control.sock")
	process(t, socket, dir, records(4), "")
	var out bytes.Buffer
	r, _ := request(t, &out)
	r.Lines = 2
	if err := Print(t.Context(), r, socket, ""); err != nil || out.String() != records(3, 4) {
		t.Errorf("%v, printed\n%s", err, out.String())
	}
}

func TestItIsSaidThatOnlyTheFilesAreRead(t *testing.T) {
	for _, socket := range []string{"", filepath.Join(t.TempDir(), "nobody.sock")} {
		var out bytes.Buffer
		r, notes := request(t, &out)
		r.Since = begin.Add(2 * time.Second)
		if err := Print(t.Context(), r, socket, folder(t, records(1, 2, 3))); err != nil || out.String() != records(2, 3) {
			t.Errorf("%v, printed\n%s", err, out.String())
		}
		if len(*notes) != 1 || !strings.Contains((*notes)[0], "only the log files are read: ") {
			t.Errorf("said %q", *notes)
		}
	}
}

func TestWhereNeitherAProcessNorFilesAreItIsAnError(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/nowhere"} {
		r, _ := request(t, io.Discard)
		if err := Print(t.Context(), r, "", dir); err == nil || !strings.Contains(err.Error(), "read the log files: ") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestALevelThatIsNoneIsAMistakeOfTheCommandLine(t *testing.T) {
	r, _ := request(t, io.Discard)
	r.Level = "loud"
	if err := Print(t.Context(), r, "", t.TempDir()); err == nil || !strings.Contains(err.Error(), "loud") {
		t.Error(err)
	}
}

// screen is who reads: it acts on a record as soon as it is there.
type screen struct {
	bytes.Buffer
	acts map[string]func()
}

func (s *screen) Write(p []byte) (int, error) {
	if act := s.acts[string(p)]; act != nil {
		act()
	}
	return s.Buffer.Write(p)
}

func TestOneProcessIsFollowedAfterTheOther(t *testing.T) {
	dir, socket := folder(t, records(1)), filepath.Join(t.TempDir(), "control.sock")
	process(t, socket, dir, records(2), records(3))
	ctx, enough := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("in vain"))
	defer enough()
	out := &screen{acts: map[string]func(){records(5): enough}}
	r, notes := request(t, out)
	r.Follow = true
	out.acts[records(3)] = func() {
		// Once the first process is gone its successor is there: with one record from
		// before anybody asked, and one after.
		go func() {
			for errors.Is(exists(socket), nil) {
				time.Sleep(time.Millisecond)
			}
			process(t, socket, dir, records(3, 4), records(5))
		}()
	}
	if err := Print(ctx, r, socket, dir); err != nil {
		t.Error(err)
	}
	if want := records(1, 2, 3, 4, 5); out.String() != want || len(*notes) > 0 {
		t.Errorf("printed\n%swant\n%ssaid %q", out.String(), want, *notes)
	}
}

func exists(path string) error {
	_, err := os.Stat(path)
	return err
}
