package journaltest

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Fields is one record as journald would read it: every value of every field, in order.
type Fields map[string][]string

// Get is the first value of a field.
func (f Fields) Get(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// DecodeNative reads a record in the native protocol, and is as strict as journald.
func DecodeNative(data []byte) (Fields, error) {
	f := make(Fields)
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte{'\n'})
		if !ok {
			return f, fmt.Errorf("no end of line after %q", data)
		}
		name, value, simple := bytes.Cut(line, []byte{'='})
		if !simple {
			if len(rest) < 8 {
				return f, fmt.Errorf("no length after %q", line)
			}
			n := binary.LittleEndian.Uint64(rest)
			rest = rest[8:]
			if n >= uint64(len(rest)) || rest[n] != '\n' {
				return f, fmt.Errorf("%q: %d bytes, and not an end of line behind them", line, n)
			}
			value, rest = rest[:n], rest[n+1:]
		}
		if !validFieldName(name) {
			return f, fmt.Errorf("%q is no name for a field", name)
		}
		f[string(name)] = append(f[string(name)], string(value))
		data = rest
	}
	return f, nil
}

// validFieldName is journal_field_valid of systemd's journal-file-util.c, which
// also refuses what only journald itself may set.
func validFieldName(name []byte) bool {
	if len(name) == 0 || len(name) > 64 || name[0] == '_' || (name[0] >= '0' && name[0] <= '9') {
		return false
	}
	for _, c := range name {
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
