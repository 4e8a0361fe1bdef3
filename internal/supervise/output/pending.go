package output

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// maxTrace is how many bytes of a trace are kept. What comes after is counted.
const maxTrace = 256 << 10

// pending is a record that waits for further lines.
type pending struct {
	open  bool
	mark  mark
	first string
	more  []byte   // further lines, each with a line feed before it
	cut   int      // lines that had no room
	said  []string // lines that belong to it if a frame comes
}

func (p *pending) begin(m mark, text string) {
	p.open, p.mark, p.first = true, m, text
}

// add adds a line. One whose beginning was logged already begins anew.
func (p *pending) add(m mark, text string) {
	if !p.open {
		if text != "" {
			p.begin(mark{level: m.level}, text)
		}
		return
	}
	for _, line := range p.said {
		p.append(line)
	}
	p.said = nil
	p.append(text)
}

func (p *pending) append(text string) {
	if len(p.first)+len(p.more)+len(text) >= maxTrace {
		p.cut++
		return
	}
	p.more = append(append(p.more, '\n'), text...)
}

func (p *pending) close() {
	more := p.more[:0]
	if cap(more) > 4<<10 {
		more = nil
	}
	*p = pending{more: more}
}

// record makes r one record of all lines. After a line of zap the further ones
// are its stack trace; otherwise they are the message.
func (p *pending) record(r *slog.Record, now time.Time) {
	more := strings.TrimRight(string(p.more), "\n")
	if p.cut > 0 {
		more += fmt.Sprintf("\n… and %d lines more", p.cut)
	}
	if p.mark.kind == plain {
		message := strings.TrimRight(clean(p.first+more), "\n")
		*r = slog.NewRecord(now, p.mark.level, message, 0)
		return
	}
	record(r, now, p.mark, p.first)
	if more != "" {
		r.AddAttrs(slog.String("stacktrace", clean(more[1:])))
	}
}
