package line

import (
	"fmt"
	"strconv"

	"github.com/gind/gind/internal/journal/internal/record"
)

func (e *Entry) readLogfmt(line []byte) error {
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
			e.Attrs = record.AppendText(e.Attrs, record.KindString, key, value)
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
