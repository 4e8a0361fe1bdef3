package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

func TestRecordHasTheFieldsThatJournalctlShows(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	before := time.Now()
	log.With(Message(EventPanic)).Error("disk full", "request_id", "r1", "trace_id", "t1", "span_id", "s1",
		"error", fmt.Errorf("save: %w", &fs.PathError{Op: "write", Path: "/x", Err: unix.ENOSPC}),
		"took", 1500*time.Microsecond, "size", 42, "ratio", 0.5, "ok", true, "stack", "a\nb")
	flush(t, j)
	r := f.Await(1, "MESSAGE", "disk full")[0]
	want := map[string]string{
		"PRIORITY": "3", "SYSLOG_IDENTIFIER": "test", "SYSLOG_FACILITY": "3",
		"MESSAGE_ID": string(EventPanic), "REQUEST_ID": "r1", "TRACE_ID": "t1", "SPAN_ID": "s1",
		"ERRNO": strconv.Itoa(int(unix.ENOSPC)), "ERROR": "save: write /x: no space left on device",
		"TOOK": "1.5ms", "SIZE": "42", "RATIO": "0.5", "OK": "true", "STACK": "a\nb",
		"CODE_FUNC": "github.com/gind/gind/internal/journal.TestRecordHasTheFieldsThatJournalctlShows",
	}
	for name, value := range want {
		if got := r[name]; len(got) != 1 || got[0] != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if !strings.HasSuffix(r.Get("CODE_FILE"), "journald_linux_test.go") {
		t.Errorf("CODE_FILE is %q", r.Get("CODE_FILE"))
	}
	if line, err := strconv.Atoi(r.Get("CODE_LINE")); err != nil || line == 0 {
		t.Errorf("CODE_LINE is %q", r.Get("CODE_LINE"))
	}
	micros, err := strconv.ParseInt(r.Get("SYSLOG_TIMESTAMP"), 10, 64)
	if at := time.UnixMicro(micros); err != nil || at.Before(before.Truncate(time.Microsecond)) || at.After(time.Now()) {
		t.Errorf("SYSLOG_TIMESTAMP is %q", r.Get("SYSLOG_TIMESTAMP"))
	}
}

func TestHandlerKeepsSlogsRules(t *testing.T) {
	t.Parallel()
	var f *journaltest.Journald
	var j *Journal
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		f = journaltest.NewJournald(t)
		j, _ = open(t, toFake(f))
		return j.Handler()
	}, func(t *testing.T) map[string]any {
		flush(t, j)
		journaltest.Eventually(t, func() error {
			if n := len(f.All()); n != 1 {
				return fmt.Errorf("%d records", n)
			}
			return nil
		})
		return asSlogtest(f.All()[0])
	})
}

// asSlogtest gives the fields the names that slogtest logs under. The groups of
// its keys are of one letter, and none of its keys has an underscore.
func asSlogtest(r journaltest.Fields) map[string]any {
	names := map[string]string{"MESSAGE": slog.MessageKey, "PRIORITY": slog.LevelKey, "SYSLOG_TIMESTAMP": slog.TimeKey}
	m := make(map[string]any)
	for field, values := range r {
		if strings.HasPrefix(field, "SYSLOG_") && field != "SYSLOG_TIMESTAMP" || strings.HasPrefix(field, "CODE_") {
			continue
		}
		if name, ok := names[field]; ok {
			m[name] = values[0]
			continue
		}
		at := m
		parts := strings.Split(field, "_")
		for _, group := range parts[:len(parts)-1] {
			if at[group] == nil {
				at[group] = map[string]any{}
			}
			at = at[group].(map[string]any)
		}
		last := parts[len(parts)-1]
		if len(last) > 1 {
			last = strings.ToLower(last)
		}
		at[last] = values[0]
	}
	return lowerKeysOfOneLetter(m)
}

// lowerKeysOfOneLetter: slogtest's attributes are a to f, its groups G and H.
func lowerKeysOfOneLetter(m map[string]any) map[string]any {
	out := make(map[string]any)
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok {
			out[k] = lowerKeysOfOneLetter(sub)
			continue
		}
		out[strings.ToLower(k)] = v
	}
	return out
}

func TestOrderOfOneCallerIsKept(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	const n = 3000
	for i := range n {
		if i%500 == 499 {
			log.Error("error", "i", i)
		} else {
			log.Info("info", "i", i)
		}
	}
	flush(t, j)
	f.Await(1, "I", strconv.Itoa(n-1))
	all := f.All()
	if len(all) != n {
		t.Fatalf("%d records of %d", len(all), n)
	}
	for i, r := range all {
		if r.Get("I") != strconv.Itoa(i) {
			t.Fatalf("record %d is %s", i, r.Get("I"))
		}
	}
}

func TestLongRecordsGoByASealedFile(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	sizes := []int{100 << 10, journald.MostInDatagram + 1, 1 << 20, 5 << 20}
	for _, n := range sizes {
		log.Info("before", "of", n)
		log.Info("long", "n", n, "body", strings.Repeat("x\n", n/2))
	}
	flush(t, j)
	for i, r := range f.Await(len(sizes), "MESSAGE", "long") {
		if got := len(r.Get("BODY")); got != sizes[i]/2*2 {
			t.Errorf("record %d has %d bytes, want %d", i, got, sizes[i])
		}
	}
	if n := f.Filed(); n < len(sizes)-1 {
		t.Errorf("%d records came by a file", n)
	}
}

func TestGiantIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	log.Info("giant", "body", strings.Repeat("x", 2*record.Most), "after", "here")
	flush(t, j)
	r := f.Await(1, "MESSAGE", "giant")[0]
	if body := r.Get("BODY"); len(body) > record.Most || !strings.HasSuffix(body, record.Cut) {
		t.Errorf("%d bytes that end in %q", len(body), body[len(body)-20:])
	}
	if _, ok := r["AFTER"]; !ok {
		t.Error("the attribute behind it is gone")
	}
}

func TestSecretsStayIn(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	dir := t.TempDir()
	o := toFake(f)
	o.Mirror = MirrorOptions{Dir: dir, Mode: Always}
	j, log := open(t, o)
	const password = "hunter2"
	secret := Secret(password)
	log.Info("in", "a", secret, "b", &secret, "c", []Secret{secret}, "d", map[string]any{"p": secret},
		"e", struct{ P Secret }{secret}, "f", fmt.Errorf("no %v %q %s %d", secret, secret, secret, secret),
		slog.Group("g", "p", secret), "h", mustURL(t, "https://u:"+password+"@host/"), "i", struct {
			C chan int
			p string
		}{nil, password})
	flush(t, j)
	for name, values := range f.Await(1, "MESSAGE", "in")[0] {
		for _, v := range values {
			if strings.Contains(v, password) {
				t.Errorf("%s shows it: %q", name, v)
			}
		}
	}
	if text := journaltest.ReadAll(t, dir); strings.Contains(text, password) {
		t.Errorf("the mirror shows it: %s", text)
	}
}

func TestSocketThatIsNotThereIsFoundLater(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	f.Shut()
	o := toFake(f)
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	log.Info("spilled")
	journaltest.Eventually(t, func() error {
		if s := j.Stats(); s.State != StateDown || s.Spilled != 2 { // the notice spills too
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	f.Listen()
	r := f.Await(1, "MESSAGE_ID", string(EventBack))[0]
	if r.Get("SPILLED") != "2" || r.Get("LOST") != "0" {
		t.Errorf("%v", r)
	}
	if s := j.Stats(); s.State != StateOK || s.TargetError != "" {
		t.Errorf("%+v", s)
	}
}

func TestReplacedSocketIsFollowed(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, log := open(t, toFake(f))
	log.Info("one")
	f.Await(1, "MESSAGE", "one")
	f.Shut()
	f.Listen()
	log.Info("two")
	flush(t, j)
	f.Await(1, "MESSAGE", "two")
	if s := j.Stats(); s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOpenRefusesOptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"identifier": {Identifier: "a\nb"},
		"ring":       {RingSize: -1},
		"target":     {Target: 17},
		"mode":       {Mirror: MirrorOptions{Mode: 9}},
		"format":     {Mirror: MirrorOptions{Format: -1}},
	} {
		if j, err := Open(o); err == nil {
			_ = j.Close()
			t.Errorf("%s: no error", name)
		} else if !strings.HasPrefix(err.Error(), "journal: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosedJournalRefuses(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	j, _ := open(t, toFake(f))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "late", 0)
	if err := j.Handler().Handle(t.Context(), r); !errors.Is(err, errClosed) {
		t.Errorf("Handle: %v", err)
	}
	if err := j.Reconfigure(toFake(f)); !errors.Is(err, errClosed) {
		t.Errorf("Reconfigure: %v", err)
	}
	if err := j.Close(); !errors.Is(err, errClosed) {
		t.Errorf("Close: %v", err)
	}
	flush(t, j) // returns
}
