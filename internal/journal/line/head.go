package line

import (
	"bytes"
	"log/slog"
	"strconv"
	"time"

	"github.com/gind/gind/internal/journal/level"
)

// Head is a line, and what its beginning says.
type Head struct {
	Time  time.Time
	Level slog.Level
	PID   int
	Mark  string
	Text  []byte // without its end
}

// ReadHead reads the beginning of a line, whose members are always the same and
// in the same order.
func ReadHead(line []byte, h *Head) bool {
	*h = Head{Text: line, Time: h.Time} // a line without a time has that of the one before
	if t, ok := TimeOf(line); ok {
		h.Time = t
	}
	start := line[:min(len(line), 160)]
	name := member(start, `"level":"`, `level=`)
	h.PID, _ = strconv.Atoi(member(start, `"pid":`, ` pid=`))
	h.Mark = member(beforeMessage(start), `"journal":"`, ` journal=`)
	var err error
	h.Level, err = level.Parse(name)
	return err == nil
}

func beforeMessage(start []byte) []byte {
	for _, key := range []string{`"msg":`, ` msg=`} {
		if i := bytes.Index(start, []byte(key)); i >= 0 {
			return start[:i+1]
		}
	}
	return start
}

// member is the value that follows the first of keys that is there.
func member(start []byte, keys ...string) string {
	for _, key := range keys {
		if _, rest, ok := bytes.Cut(start, []byte(key)); ok {
			if end := bytes.IndexAny(rest, `",} `); end >= 0 {
				return string(rest[:end])
			}
		}
	}
	return ""
}

// JSON is the line as a JSON object.
func (h *Head) JSON(format *JSON) []byte {
	if bytes.HasPrefix(h.Text, []byte{'{'}) {
		return bytes.Clone(h.Text)
	}
	e, err := ParseEntry(h.Text)
	if err != nil {
		return appendJSONString(nil, h.Text)
	}
	text := format.Append(nil, e.Pack(0), Unmarked)
	return text[:len(text)-1]
}
