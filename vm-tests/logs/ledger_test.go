//go:build linux

package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/machine"
)

// ledger counts the records of numbered requests, wherever they are. A record
// that is not what its number calls for is a mistake.
type ledger struct {
	t        *testing.T
	run      string
	requests map[string]bool

	fine, failed       int // requests that have a record
	inJournal, inFiles int // records
	mistakes           int
}

// enter takes one record in.
func (l *ledger) enter(where, id, path, status, level string) {
	run, rest, _ := strings.Cut(id, "-")
	_, number, _ := strings.Cut(rest, "-")
	n, err := strconv.Atoi(number)
	fails := err == nil && n%100 == 0
	want := [3]string{"/ok", "200", "INFO"}
	if fails {
		want = [3]string{"/fail", "500", "ERROR"}
	}
	if got := [3]string{path, status, level}; err != nil || run != l.run || got != want {
		l.mistake("%s: request %q: %v, want %v", where, id, got, want)
		return
	}
	if l.requests[id] {
		return // in the journal and in the files, which nobody could know
	}
	l.requests[id] = true
	if fails {
		l.failed++
	} else {
		l.fine++
	}
}

func (l *ledger) mistake(format string, args ...any) {
	l.t.Helper()
	if l.mistakes++; l.mistakes <= 10 {
		l.t.Errorf(format, args...)
	}
}

var levelOfPriority = map[string]string{"3": "ERROR", "4": "WARN", "6": "INFO"}

func (l *ledger) readJournal(m *machine.Machine) {
	l.t.Helper()
	for _, r := range m.Journal("-u", "gind", "METHOD=GET", "--output-fields=REQUEST_ID,PATH,STATUS,PRIORITY,MESSAGE") {
		if !strings.HasPrefix(r["REQUEST_ID"], l.run+"-") {
			continue // the test's own questions
		}
		l.inJournal++
		l.enter("the journal", r["REQUEST_ID"], r["PATH"], r["STATUS"], levelOfPriority[r["PRIORITY"]])
		if !strings.HasPrefix(r["MESSAGE"], "GET "+r["PATH"]+" "+r["STATUS"]+" ") {
			l.mistake("the journal: %v", r)
		}
	}
}

func (l *ledger) readMirror(m *machine.Machine) {
	l.t.Helper()
	files, err := filepath.Glob(m.Path("/var/log/gind/*"))
	if err != nil || len(files) == 0 {
		l.t.Fatalf("no files in the mirror: %v", err)
	}
	for _, path := range files {
		l.readFile(path)
	}
}

func (l *ledger) readFile(path string) {
	l.t.Helper()
	file, err := os.Open(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	var text io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(file); err != nil {
			l.t.Fatalf("%s: %v", path, err)
		}
	}
	level := strings.ToUpper(filepath.Base(path)[:strings.IndexAny(filepath.Base(path), ".-")])
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		l.readLine(filepath.Base(path), level, lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		l.t.Errorf("%s: %v", path, err)
	}
}

func (l *ledger) readLine(file, level string, line []byte) {
	var r struct {
		Level     string
		RequestID string `json:"request_id"`
		Path      string
		Status    int
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	if err := decoder.Decode(&r); err != nil || decoder.More() {
		l.mistake("%s: a torn line: %s", file, line)
		return
	}
	if r.Level != level && (r.Level != "NOTICE" || level != "INFO") {
		l.mistake("%s: a record of another level: %s", file, line)
	}
	if strings.HasPrefix(r.RequestID, l.run+"-") {
		l.inFiles++
		l.enter(file, r.RequestID, r.Path, strconv.Itoa(r.Status), r.Level)
	}
}
