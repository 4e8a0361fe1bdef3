package line

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/gind/gind/internal/journal/internal/record"
)

func (e *Entry) readJSON(line []byte) error {
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
		if e.Attrs, err = appendRaw(e.Attrs, key, raw); err != nil {
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
		return record.AppendText(b, record.KindString, key, text), err
	case 't':
		return record.AppendKey(b, record.KindTrue, key), nil
	case 'f':
		return record.AppendKey(b, record.KindFalse, key), nil
	case '{':
		return appendObject(b, key, raw)
	}
	return record.AppendText(b, record.KindJSON, key, []byte(raw)), nil
}

func appendObject(b []byte, key string, raw json.RawMessage) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := delim(d, '{'); err != nil {
		return b, err
	}
	b = record.AppendKey(b, record.KindOpen, key)
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
	return append(b, byte(record.KindClose)), nil
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
