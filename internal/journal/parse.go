package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// timeLayout is how a line says its time: always in UTC, always with microseconds.
const timeLayout = "2006-01-02T15:04:05.000000Z"

var (
	jsonTime   = []byte(`{"time":"`)
	logfmtTime = []byte(`time=`)
)

// timeOfLine reads the time at the beginning of a line of either format.
func timeOfLine(line []byte) (time.Time, bool) {
	rest, ok := bytes.CutPrefix(line, jsonTime)
	if !ok {
		rest, ok = bytes.CutPrefix(line, logfmtTime)
	}
	if !ok || len(rest) < len(timeLayout) {
		return time.Time{}, false
	}
	t, err := time.Parse(timeLayout, string(rest[:len(timeLayout)]))
	return t, err == nil
}

// entry is a line of the mirror, read back.
type entry struct {
	time  time.Time // zero if the line has none
	level slog.Level
	pid   int
	mark  string
	msg   []byte
	attrs []byte // tokens
	seen  map[string]bool
}

var errNotALine = errors.New("not a line of the mirror")

// parseLine reads a line of either format, without its end.
func parseLine(line []byte) (*entry, error) {
	e := &entry{seen: make(map[string]bool, 6)}
	var err error
	if bytes.HasPrefix(line, []byte{'{'}) {
		err = e.readJSON(line)
	} else {
		err = e.readLogfmt(line)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w: %w", errNotALine, err)
	}
	if !e.seen[keyLevel] || !e.seen[keyMsg] {
		return nil, fmt.Errorf("journal: %w: no level or no message", errNotALine)
	}
	return e, nil
}

// pack is the entry as a record.
func (e *entry) pack(flags uint16) packed {
	return append(appendHead(nil, e.time, e.level, 0, flags, string(e.msg)), e.attrs...)
}

// member takes what stands before the attributes. Each is taken once: a second
// of the same name is an attribute.
func (e *entry) member(key, text string) (bool, error) {
	if e.seen[key] {
		return false, nil
	}
	var err error
	switch key {
	case keyTime:
		e.time, err = time.Parse(time.RFC3339Nano, text)
	case keyLevel:
		e.level, err = ParseLevel(text)
	case keyPID:
		e.pid, err = strconv.Atoi(text)
	case keyMark:
		e.mark = text
	case keyMsg:
		e.msg = []byte(text)
	default:
		return false, nil
	}
	e.seen[key] = true
	return true, err
}

func (e *entry) readJSON(line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if err := delim(d, '{'); err != nil {
		return err
	}
	for d.More() {
		key, err := objectKey(d)
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		text := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				return err
			}
		}
		if taken, err := e.member(key, text); err != nil {
			return err
		} else if taken {
			continue
		}
		if e.attrs, err = appendRaw(e.attrs, key, raw); err != nil {
			return err
		}
	}
	return delim(d, '}')
}

// appendRaw appends the token, or for an object the tokens, of a JSON value.
func appendRaw(b []byte, key string, raw json.RawMessage) ([]byte, error) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return appendText(b, kindString, key, text), err
	case 't':
		return appendKey(b, kindTrue, key), nil
	case 'f':
		return appendKey(b, kindFalse, key), nil
	case '{':
		return appendObject(b, key, raw)
	}
	return appendText(b, kindJSON, key, []byte(raw)), nil
}

func appendObject(b []byte, key string, raw json.RawMessage) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := delim(d, '{'); err != nil {
		return b, err
	}
	b = appendKey(b, kindOpen, key)
	for d.More() {
		key, err := objectKey(d)
		if err != nil {
			return b, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return b, err
		}
		if b, err = appendRaw(b, key, value); err != nil {
			return b, err
		}
	}
	return append(b, byte(kindClose)), nil
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = fmt.Errorf("%v instead of %v", t, want)
	}
	return err
}

func objectKey(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	key, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v instead of a key", t)
	}
	return key, nil
}

func (e *entry) readLogfmt(line []byte) error {
	rest := string(line)
	for rest != "" {
		key, after, err := word(rest, '=')
		if err != nil {
			return err
		}
		if after == "" || after[0] != '=' {
			return fmt.Errorf("no = after %q", key)
		}
		value, after, err := word(after[1:], ' ')
		if err != nil {
			return err
		}
		rest = after
		if rest != "" {
			if rest[0] != ' ' {
				return fmt.Errorf("no space after the value of %q", key)
			}
			rest = rest[1:]
		}
		if taken, err := e.member(key, value); err != nil {
			return err
		} else if !taken {
			e.attrs = appendText(e.attrs, kindString, key, value)
		}
	}
	return nil
}

// word reads what is in quotes, or up to the end.
func word(s string, end byte) (text, rest string, err error) {
	if s != "" && s[0] == '"' {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", err
		}
		text, err := strconv.Unquote(quoted)
		return text, s[len(quoted):], err
	}
	for i := range len(s) {
		if s[i] == end {
			return s[:i], s[i:], nil
		}
	}
	return s, "", nil
}
