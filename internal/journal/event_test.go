package journal

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

const catalogPath = "../../packaging/systemd/gind.catalog"

// catalogEntry is one explanation in the catalog (https://systemd.io/CATALOG/).
type catalogEntry struct {
	header map[string]string
	text   string
}

func readCatalog(t *testing.T) map[ID]catalogEntry {
	t.Helper()
	data, err := os.ReadFile(catalogPath)
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[ID]catalogEntry)
	for _, part := range strings.Split("\n"+string(data), "\n-- ")[1:] {
		id, rest, _ := strings.Cut(part, "\n")
		head, text, _ := strings.Cut(rest, "\n\n")
		e := catalogEntry{header: make(map[string]string), text: text}
		for _, line := range strings.Split(head, "\n") {
			name, value, ok := strings.Cut(line, ": ")
			if !ok {
				t.Errorf("%s: %q is no header", id, line)
			}
			e.header[name] = value
		}
		if _, twice := entries[ID(id)]; twice {
			t.Errorf("%s stands there twice", id)
		}
		entries[ID(id)] = e
	}
	return entries
}

// declaredEvents are the constants of event.go, each with its comment.
func declaredEvents(t *testing.T) (names map[ID]string, comments map[ID]string) {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	names, comments = make(map[ID]string), make(map[ID]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Event") {
			return true
		}
		id, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := names[ID(id)]; twice {
			t.Errorf("%s has the identifier of %s", spec.Names[0].Name, other)
		}
		names[ID(id)], comments[ID(id)] = spec.Names[0].Name, spec.Doc.Text()
		return true
	})
	return names, comments
}

// TestEventsAreKnownHoweverTheyAreMade: whoever looks for what a service did finds
// them, whatever the rate.
func TestEventsAreKnownHoweverTheyAreMade(t *testing.T) {
	t.Parallel()
	h := (&Journal{}).Handler()
	id := Message(EventReady)
	ready := []slog.Attr{slog.Int("n", 1), id}
	for _, c := range []struct {
		name  string
		h     slog.Handler
		attrs []slog.Attr
		want  bool
	}{
		{"none", h.WithAttrs([]slog.Attr{slog.Int("n", 1)}), nil, false},
		{"in the call", h, ready, true},
		{"in a group without a name", h, []slog.Attr{slog.Group("", slog.Int("n", 1), id)}, true},
		{"of the logger", h.WithAttrs(ready), nil, true},
		{"of the logger, before a group", h.WithAttrs(ready).WithGroup("g"), []slog.Attr{slog.Int("n", 1)}, true},
		{"of the logger, before others", h.WithAttrs(ready).WithAttrs([]slog.Attr{slog.Int("n", 1)}), nil, true},
		{"in a group", h, []slog.Attr{slog.Group("g", id)}, false},
		{"in a group of the logger", h.WithGroup("g"), ready, false},
		{"of the logger in a group", h.WithGroup("g").WithAttrs(ready), nil, false},
	} {
		j := newJournalTo(io.Discard, mustNormal(t, Options{}))
		var err error
		with := *c.h.(*handler)
		with.j = j
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)
		r.AddAttrs(c.attrs...)
		var got []bool
		held := j.do(func(*writer) {
			err = errors.Join(with.Handle(t.Context(), r), with.HandleAttrs(r.Time, r.Level, r.Message, 0, c.attrs))
			for range 2 {
				if p, ok := j.ring.Take(); ok {
					got = append(got, record.Packed(p).Event())
				}
			}
		})
		if err := errors.Join(held, err); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, []bool{c.want, c.want}) {
			t.Errorf("%s: Handle and HandleAttrs make events of it: %v, want %v", c.name, got, c.want)
		}
		_ = j.Close()
	}
}

func TestCatalogExplainsEveryEventAndNoOther(t *testing.T) {
	names, comments := declaredEvents(t)
	catalog := readCatalog(t)
	valid := regexp.MustCompile(`^[0-9a-f]{32}$`)
	variable := regexp.MustCompile(`@([A-Z_]+)@`)
	for id, name := range names {
		e, ok := catalog[id]
		if !ok {
			t.Errorf("%s (%s) is not in the catalog", name, id)
			continue
		}
		if !valid.MatchString(string(id)) {
			t.Errorf("%s: %q is no MESSAGE_ID", name, id)
		}
		if e.header["Subject"] == "" || e.header["Defined-By"] != "gind" || e.header["Support"] == "" {
			t.Errorf("%s: header %v", name, e.header)
		}
		if !strings.Contains(e.text, "\nWhat to do") && !strings.Contains(e.text, "Nothing is to be done.") {
			t.Errorf("%s: it does not say what to do", name)
		}
		_, listed, _ := strings.Cut(comments[id], "(")
		for _, v := range variable.FindAllStringSubmatch(e.header["Subject"]+e.text, -1) {
			attr := strings.ToLower(v[1])
			if !regexp.MustCompile(`\b` + attr + `\b`).MatchString(listed) {
				t.Errorf("%s: the text shows %s, which its comment does not list", name, v[0])
			}
		}
	}
	for id, e := range catalog {
		if names[id] == "" {
			t.Errorf("the catalog explains %s (%s), which there is not", id, e.header["Subject"])
		}
	}
}
