// Package attrs makes records at random that no sensible program logs, for whoever
// logs them and for whoever reads them back: one seed, one list.
package attrs

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
)

// Record is what is logged.
type Record struct {
	Message string
	Attrs   []slog.Attr
}

// Make makes n records.
func Make(seed uint64, n int) []Record {
	g := generator{rand.New(rand.NewPCG(seed, seed))}
	records := make([]Record, n)
	for i := range records {
		records[i].Message = g.text(80)
		for range g.IntN(12) {
			records[i].Attrs = append(records[i].Attrs, g.attr(0))
		}
	}
	return records
}

type generator struct{ *rand.Rand }

func (g generator) attr(depth int) slog.Attr {
	key := g.key()
	switch g.IntN(12) {
	case 0:
		return slog.Int64(key, g.Int64()-g.Int64())
	case 1:
		return slog.Uint64(key, g.Uint64())
	case 2:
		return slog.Float64(key, g.NormFloat64()*1e10)
	case 3:
		return slog.Bool(key, g.IntN(2) == 0)
	case 4:
		return slog.Duration(key, time.Duration(g.Int64N(int64(time.Hour))))
	case 5, 6:
		if depth > 4 {
			return slog.String(key, "deep")
		}
		var members []any
		for range g.IntN(4) {
			members = append(members, g.attr(depth+1))
		}
		return slog.Group(key, members...)
	case 7:
		return slog.String(key, g.bytes(3000))
	case 8:
		if g.IntN(10) == 0 {
			return slog.String(key, g.bytes(500<<10)) // too long for a datagram, mostly
		}
	}
	return slog.String(key, g.text(200))
}

// names are those that mean something to journald, and to gind.
var names = []string{"", "_", "__", "message", "MESSAGE", "priority", "_PID", "_HOSTNAME", "__CURSOR", "syslog_identifier",
	"code_file", "request_id", "user-id", "9lives", "é", "日本", "a.b.c", "x=y", "two\nlines", "\x00", "\xff\xfe", "object_pid",
	"coredump", strings.Repeat("long", 40), "_" + strings.Repeat("u", 63), strings.Repeat("Z", 64), strings.Repeat("Z", 65)}

func (g generator) key() string {
	if g.IntN(3) == 0 {
		return names[g.IntN(len(names))]
	}
	return g.text(20)
}

// text is mostly letters, with whatever a protocol may stumble over.
func (g generator) text(longest int) string {
	const awkward = "\n\r\t\x00\x1b=\"'\\ \xff\xc3é日\u2028😀\x7f"
	b := make([]byte, 0, longest)
	for range g.IntN(longest) {
		switch g.IntN(8) {
		case 0:
			i := g.IntN(len(awkward))
			b = append(b, awkward[i])
		case 1:
			b = append(b, "日é😀"...)
		default:
			b = append(b, byte('A'+g.IntN('z'-'A'+1)))
		}
	}
	return string(b)
}

func (g generator) bytes(longest int) string {
	b := make([]byte, g.IntN(longest))
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return string(b)
}
