//go:build linux

package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Record is an entry of the journal: its fields by name. A field that occurs
// more than once has its values joined by newlines.
type Record map[string]string

// Journal reads the machine's journal, oldest record first, with the arguments
// of journalctl(1): "-u", "gind", "-p", "err", "REQUEST_ID=x". What was logged
// before the call is in it.
func (m *Machine) Journal(args ...string) []Record {
	m.t.Helper()
	line := "journalctl --sync && journalctl --no-pager --all --output=json"
	for _, arg := range args {
		line += " " + Quote(arg)
	}
	out, err := m.enter(context.Background(), line).Output()
	if err != nil {
		m.t.Fatalf("%s$ %s: %v", m.Suite, line, err)
	}
	var records []Record
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var fields map[string]any
		if err := decoder.Decode(&fields); err != nil {
			m.t.Fatalf("%s$ %s: %v", m.Suite, line, err)
		}
		records = append(records, newRecord(fields))
	}
	return records
}

func newRecord(fields map[string]any) Record {
	record := make(Record, len(fields))
	for name, value := range fields {
		record[name] = fieldText(value)
	}
	return record
}

// fieldText undoes journalctl's JSON: text is a string, other bytes are a list
// of numbers, several values are a list of either.
// See https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format
func fieldText(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case []any:
		if text, ok := bytesText(value); ok {
			return text
		}
		texts := make([]string, len(value))
		for i, v := range value {
			texts[i] = fieldText(v)
		}
		return strings.Join(texts, "\n")
	default:
		return fmt.Sprint(value)
	}
}

func bytesText(list []any) (string, bool) {
	text := make([]byte, len(list))
	for i, value := range list {
		number, ok := value.(float64)
		if !ok {
			return "", false
		}
		text[i] = byte(number)
	}
	return string(text), true
}

// Messages is what records say, a line each.
func Messages(records []Record) string {
	var all strings.Builder
	for _, record := range records {
		all.WriteString(record["MESSAGE"])
		all.WriteByte('\n')
	}
	return all.String()
}
