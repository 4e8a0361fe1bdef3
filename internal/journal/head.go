package journal

import (
	"bytes"
	"log/slog"
	"strconv"
	"time"

	"github.com/gind/gind/internal/journal/level"
)

// head is a line, and what its beginning says.
type head struct {
	time  time.Time
	level slog.Level
	pid   int
	mark  string
	line  []byte // without its end
}

// readHead reads the beginning of a line, whose members are always the same and
// in the same order.
func readHead(line []byte, h *head) bool {
	*h = head{line: line, time: h.time} // a line without a time has that of the one before
	if t, ok := timeOfLine(line); ok {
		h.time = t
	}
	start := line[:min(len(line), 160)]
	name := member(start, `"level":"`, `level=`)
	h.pid, _ = strconv.Atoi(member(start, `"pid":`, ` pid=`))
	h.mark = member(beforeMessage(start), `"journal":"`, ` journal=`)
	var err error
	h.level, err = level.Parse(name)
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

// json is the line as a JSON object.
func (h *head) json(format *jsonLines) []byte {
	if bytes.HasPrefix(h.line, []byte{'{'}) {
		return bytes.Clone(h.line)
	}
	e, err := parseLine(h.line)
	if err != nil {
		return appendJSONString(nil, h.line)
	}
	text := format.append(nil, e.pack(0), markNone)
	return text[:len(text)-1]
}
