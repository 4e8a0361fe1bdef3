//go:build linux

package logs

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/programs"
	"github.com/gind/gind/vm-tests/programs/fuzzlog/attrs"
)

// No name and no value of an attribute breaks journald's protocol: what
// journalctl reads back is what was logged, byte for byte.
func TestWhateverIsLoggedIsWhatJournalctlReads(t *testing.T) {
	program := programs.Build(t, "fuzzlog")
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		const count = 400
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		m.Copy(program, "/usr/bin/fuzzlog")
		m.Run(fmt.Sprintf("fuzzlog %d %d", seed, count))
		m.Run("journalctl --sync && journalctl --no-pager --all --output=json -t fuzzlog >/root/records")
		got := readFields(t, m.Path("/root/records"))
		wrong := 0
		for i, record := range attrs.Make(seed, count) {
			want := expectedFields(record)
			want["FUZZ_RECORD"] = []string{strconv.Itoa(i)}
			fields := got[strconv.Itoa(i)]
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if !slices.Equal(set(fields[name]), set(want[name])) {
					if wrong++; wrong <= 5 {
						t.Errorf("record %d: %s=%.200q, want %.200q", i, name, fields[name], want[name])
					}
				}
			}
			for name := range fields {
				if want[name] == nil && !strings.HasPrefix(name, "_") && !slices.Contains(everyRecord, name) {
					t.Errorf("record %d: nobody logged %s=%.200q", i, name, fields[name])
				}
			}
		}
		if len(got) != count {
			t.Errorf("%d records, want %d", len(got), count)
		}
	})
}

// everyRecord are the fields that a record has besides its attributes.
var everyRecord = []string{"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "SYSLOG_TIMESTAMP"}

// set is values as the journal keeps them: in no order, and each once.
func set(values []string) []string {
	sorted := slices.Sorted(slices.Values(values))
	return slices.Compact(sorted)
}

// readFields reads journalctl's JSON, by the number of the record. Text is a
// string, other bytes are a list of numbers, several values a list of either.
func readFields(t *testing.T, path string) map[string]map[string][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records := map[string]map[string][]string{}
	for decoder := json.NewDecoder(file); decoder.More(); {
		var record map[string]any
		if err := decoder.Decode(&record); err != nil {
			t.Fatal(err)
		}
		fields := map[string][]string{}
		for name, value := range record {
			fields[name] = fieldValues(value)
		}
		if number := fields["FUZZ_RECORD"]; len(number) == 1 {
			records[number[0]] = fields
		}
	}
	return records
}

func fieldValues(value any) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{fmt.Sprint(value)}
	}
	if text, ok := bytesOf(list); ok {
		return []string{text}
	}
	var values []string
	for _, v := range list {
		values = append(values, fieldValues(v)...)
	}
	return values
}

func bytesOf(list []any) (string, bool) {
	text := make([]byte, len(list))
	for i, v := range list {
		number, ok := v.(float64)
		if !ok {
			return "", false
		}
		text[i] = byte(number)
	}
	return string(text), true
}

// expectedFields is a record by the rules that package journal documents.
func expectedFields(r attrs.Record) map[string][]string {
	fields := map[string][]string{"MESSAGE": {r.Message}, "PRIORITY": {"3"}}
	var enter func(path string, list []slog.Attr)
	enter = func(path string, list []slog.Attr) {
		for _, a := range list {
			switch {
			case a.Value.Kind() == slog.KindGroup && a.Key == "":
				enter(path, a.Value.Group())
			case a.Value.Kind() == slog.KindGroup:
				enter(path+a.Key+".", a.Value.Group())
			default:
				name := expectedName(path + a.Key)
				fields[name] = append(fields[name], a.Value.String())
			}
		}
	}
	enter("", r.Attrs)
	return fields
}

// taken are the names that an attribute does not get.
var taken = []string{"MESSAGE", "PRIORITY", "CODE_FILE", "CODE_LINE", "CODE_FUNC", "ERRNO", "TID", "OBJECT_PID", "SYSLOG_FACILITY",
	"SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_TIMESTAMP", "SYSLOG_RAW", "REPLAYED"}

func expectedName(path string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(path))
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, path)
	name = strings.TrimLeft(name, "_")
	if name == "" {
		return fmt.Sprintf("FIELD_%08X", hash.Sum32())
	}
	if name[0] <= '9' || slices.Contains(taken, name) {
		name = "FIELD_" + name
	}
	if len(name) > 64 {
		name = fmt.Sprintf("%s_%08X", name[:55], hash.Sum32())
	}
	return name
}
