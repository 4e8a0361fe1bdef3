package line

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

func TestJSONLine(t *testing.T) {
	r := journaltest.Record(journaltest.SomeTime, slog.LevelError, "m", journaltest.EveryKind()...)
	line := NewJSON(42).Append(nil, r, Spilled)
	want := `{"time":"2026-11-23T22:59:59.123456Z","level":"ERROR","pid":42,"journal":"spilled","msg":"m",` +
		`"s":"a \"b\"\n","i":-7,"u":18446744073709551615,"f":0.1,"nan":"NaN","t":true,"n":false,"d":"1m30.001s",` +
		`"at":"2026-11-23T23:59:59.123456789+01:00","err":"open: no such file or directory",` +
		`"point":{"X":1,"Y":2},"names":"a+b","bytes":"raw","nil":null,"chan":"!ERROR: json: unsupported type: chan int",` +
		`"broken":"!PANIC: runtime error: invalid memory address or nil pointer dereference","nobody":null,` +
		`"g":{"a":1,"h":{"b":2}},"inline":3}` + "\n"
	if string(line) != want {
		t.Errorf("got  %swant %s", line, want)
	}
	if !json.Valid(line) {
		t.Error("it is not JSON")
	}
}

func TestLogfmtLine(t *testing.T) {
	r := journaltest.Record(journaltest.SomeTime, level.Notice, "two words", journaltest.EveryKind()...)
	line := NewLogfmt(42).Append(nil, r, Unmarked)
	want := `time=2026-11-23T22:59:59.123456Z level=NOTICE pid=42 msg="two words" ` +
		`s="a \"b\"\n" i=-7 u=18446744073709551615 f=0.1 nan=NaN t=true n=false d=1m30.001s ` +
		`at=2026-11-23T23:59:59.123456789+01:00 err="open: no such file or directory" ` +
		`point="{\"X\":1,\"Y\":2}" names=a+b bytes=raw nil=null chan="!ERROR: json: unsupported type: chan int" ` +
		`broken="!PANIC: runtime error: invalid memory address or nil pointer dereference" nobody=null ` +
		`g.a=1 g.h.b=2 inline=3` + "\n"
	if string(line) != want {
		t.Errorf("got  %swant %s", line, want)
	}
}

func TestTextLine(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "DBG", slog.LevelInfo: "INF", level.Notice: "NTC", slog.LevelWarn: "WRN",
		slog.LevelError: "ERR", level.Crit: "CRI", level.Alert: "ALE", level.Emerg: "EME", slog.LevelInfo + 1: "INF",
	} {
		r := journaltest.Record(time.Now(), level, "hello", slog.Group("g", slog.Int("n", 5)))
		line := string(NewText(false, TimeOfDay).Append(nil, r, Unmarked))
		if !strings.Contains(line, want+" hello g.n=5\n") {
			t.Errorf("%v: %q", level, line)
		}
		if colored := string(NewText(true, TimeOfDay).Append(nil, r, Unmarked)); !strings.Contains(colored, "\x1b[") {
			t.Errorf("no colour: %q", colored)
		}
	}
}

func TestLinesAreReadBack(t *testing.T) {
	r := journaltest.Record(journaltest.SomeTime, level.Crit, "m \x00 \xff", journaltest.EveryKind()...)
	for name, format := range map[string]Appender{"json": NewJSON(os.Getpid()), "logfmt": NewLogfmt(os.Getpid())} {
		line := bytes.TrimSuffix(format.Append(nil, r, Governed), []byte{'\n'})
		if bytes.ContainsAny(line, "\n\x00\x1b") {
			t.Errorf("%s: %q", name, line)
		}
		e, err := ParseEntry(line)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.level != level.Crit || e.mark != "governed" || e.pid != os.Getpid() || !e.time.Equal(journaltest.SomeTime.Truncate(time.Microsecond)) {
			t.Errorf("%s: %+v", name, e)
		}
		var h Head
		if !ReadHead(line, &h) || h.Level != e.level || h.Mark != e.mark || h.PID != e.pid || !h.Time.Equal(e.time) {
			t.Errorf("%s: head %+v", name, h)
		}
		n := journald.NewNative("x")
		got, err := journaltest.DecodeNative(n.Append(nil, e.Pack(0)))
		if err != nil {
			t.Error(err)
		}
		for field, want := range map[string]string{"S": "a \"b\"\n", "I": "-7", "D": "1m30.001s", "G_H_B": "2", "INLINE": "3"} {
			if got.Get(field) != want {
				t.Errorf("%s: %s is %q, want %q", name, field, got.Get(field), want)
			}
		}
	}
}

// TestAttributesNamedLikeOurOwnAreReadBack, whether the line has one of its own or not.
func TestAttributesNamedLikeOurOwnAreReadBack(t *testing.T) {
	t.Parallel()
	names := []string{"time", "level", "pid", "journal", "msg", "source"}
	var attrs []slog.Attr
	for _, name := range names {
		attrs = append(attrs, slog.String(name, "our "+name))
	}
	for format, lines := range map[string]Appender{"json": NewJSON(1), "logfmt": NewLogfmt(1)} {
		for _, at := range []time.Time{{}, journaltest.SomeTime} {
			for _, mark := range []Mark{Unmarked, Spilled} {
				line := bytes.TrimSuffix(lines.Append(nil, journaltest.Record(at, level.Notice, "moved", attrs...), mark), []byte{'\n'})
				e, err := ParseEntry(line)
				if err != nil {
					t.Errorf("%s: %s: %v", format, line, err)
					continue
				}
				if e.mark != mark.String() || e.time.IsZero() != at.IsZero() || string(e.Message) != "moved" {
					t.Errorf("%s: %s: %+v", format, line, e)
				}
				again := string(NewLogfmt(1).Append(nil, e.Pack(0), mark))
				for _, name := range names {
					if want := name + `="our ` + name + `"`; !strings.Contains(again, want) {
						t.Errorf("%s: %s: read back without %s: %s", format, line, want, again)
					}
				}
			}
		}
	}
}

func TestLinesThatAreNoneAreRefused(t *testing.T) {
	for _, line := range []string{
		"", "{", "{}", `{"level":"INFO"}`, `{"level":7,"msg":"x"}`, `{"time":"now","level":"INFO","msg":"x"}`,
		"hello", `level=INFO msg="x`, "level=INFO msg=x y", `level=INFO msg="x"y=z`, `[1]`, `{"level":"INFO","msg":"x"`,
		`{"level":"INFO","pid":"x","msg":"x"}`,
	} {
		if e, err := ParseEntry([]byte(line)); !errors.Is(err, errNotALine) {
			t.Errorf("%q: %+v, %v", line, e, err)
		}
	}
}

func TestStampsSortAndNeverChangeTheirLength(t *testing.T) {
	var s stamp
	last := ""
	for _, nanos := range []int64{-1500, -1, 0, 1, 999, 1000, 999_999_999, 1e9, 1763938799123456789} {
		got := string(s.append(nil, nanos))
		want := time.Unix(0, nanos).UTC().Format(timeLayout)
		if got != want || len(got) != len(timeLayout) || got < last {
			t.Errorf("%d is %s, want %s", nanos, got, want)
		}
		last = got
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("m", "key", "value", "group", int64(7))
	f.Add("a\nPRIORITY=0", "_x", "a\nb", "", int64(0))
	f.Add("\x00\xff", strings.Repeat("é", 70), "\n", "9", int64(-1))
	f.Add("", "message", "=", "code", int64(1<<62))
	f.Fuzz(func(t *testing.T, msg, key, value, group string, n int64) {
		r := journaltest.Record(time.Unix(0, n), slog.LevelError, msg, slog.String(key, value),
			slog.Group(group, slog.String(key, value), slog.Int64(key, n), slog.Any(key, []byte(value))),
			slog.Any(key, map[string]string{key: value}))
		fields, err := journaltest.DecodeNative(journald.NewNative("fuzz").Append(nil, r))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"MESSAGE": msg, "PRIORITY": "3", "SYSLOG_IDENTIFIER": "fuzz"} {
			if len(fields[name]) != 1 || fields.Get(name) != want {
				t.Fatalf("%s is %q, want %q", name, fields[name], want)
			}
		}
		if name := string(journald.AppendFieldName(nil, []byte(key[:min(len(key), record.MostKey)]))); fields.Get(name) != value {
			t.Fatalf("%s is %q, want %q", name, fields[name], value)
		}
		checkLine(t, NewJSON(1).Append(nil, r, Unmarked))
		checkLine(t, NewLogfmt(1).Append(nil, r, Unmarked))
	})
}

func checkLine(t *testing.T, line []byte) {
	t.Helper()
	if bytes.IndexByte(line, '\n') != len(line)-1 {
		t.Fatalf("not one line: %q", line)
	}
	if _, err := ParseEntry(line[:len(line)-1]); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	var h Head
	if !ReadHead(line[:len(line)-1], &h) || h.Level != slog.LevelError || h.PID != 1 {
		t.Fatalf("head %+v of %q", h, line)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-23T22:59:59.123456Z","level":"INFO","msg":"x","g":{"a":[1,{"b":null}]}}`))
	f.Add([]byte(`time=2026-11-23T22:59:59.123456Z level=INFO msg="x y" a.b="\u00e9"`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEntry(line)
		if err != nil {
			return
		}
		r := e.Pack(record.FlagReplayed)
		if _, err := journaltest.DecodeNative(journald.NewNative("fuzz").Append(nil, r)); err != nil {
			t.Fatal(err)
		}
		if again := NewJSON(1).Append(nil, r, Unmarked); !json.Valid(again) {
			t.Fatalf("%q", again)
		}
	})
}

// TestEveryByteIsEscapedWhereverItStands: text is looked at eight bytes at a time.
func TestEveryByteIsEscapedWhereverItStands(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		for at := range n {
			for c := range 256 {
				text := bytes.Repeat([]byte{'~'}, n)
				text[at] = byte(c)
				written := appendJSONString(nil, text)
				var read string
				if err := json.Unmarshal(written, &read); err != nil || read != strings.ToValidUTF8(string(text), "\uFFFD") {
					t.Fatalf("%q became %s: %q, %v", text, written, read, err)
				}
				if i := bytes.IndexFunc(written, unicode.IsControl); i >= 0 {
					t.Fatalf("%q became %q", text, written)
				}
			}
		}
	}
}
