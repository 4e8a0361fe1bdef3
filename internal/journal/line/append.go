package line

import (
	"os"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Mark says, in a line of the mirror, how the record stands to the target.
type Mark uint8

// The marks.
const (
	// Unmarked: the target has it, or it was never meant to.
	Unmarked Mark = iota
	// Spilled: the target did not take it in time.
	Spilled
	// Governed: it was beyond the rate and is in the mirror alone.
	Governed
	marks
)

// String is what stands in the line.
func (m Mark) String() string { return [...]string{"", "spilled", "governed"}[m] }

// Every line of the mirror begins with the same members, in this order, so that
// a reader finds them without reading the rest:
//
//	time    when it was logged: UTC, with microseconds (RFC 3339); missing if the record had no time
//	level   DEBUG, INFO, NOTICE, WARN, ERROR, CRIT, ALERT or EMERG
//	pid     who wrote the line: during an upgrade two processes do
//	journal why it stands only here: spilled or governed; missing if the target has it too
//	msg     the message
//	source  where it was logged, for warnings and worse: file:line function
//
// The attributes follow, in their groups.
const (
	keyTime   = "time"
	keyLevel  = "level"
	keyPID    = "pid"
	keyMark   = "journal"
	keyMsg    = "msg"
	keySource = "source"
)

// Appender writes records as lines. It belongs to one goroutine, or to one lock.
type Appender interface {
	// Append appends one line with its end.
	Append(dst []byte, r record.Packed, m Mark) []byte
}

// New writes the lines of this process in a format of the mirror.
func New(f Format) Appender {
	if f == FormatLogfmt {
		return NewLogfmt(os.Getpid())
	}
	return NewJSON(os.Getpid())
}

// stamp writes times, and remembers the one it wrote last: many records of a burst
// have the same.
type stamp struct {
	second, micros int64
	text           [len("2006-01-02T15:04:05.000000Z")]byte
	valid          bool
}

// append appends a time in UTC with microseconds: always 27 characters, so that
// lines sort by time as text does.
func (s *stamp) append(dst []byte, nanos int64) []byte {
	second, rest := nanos/1e9, nanos%1e9
	if rest < 0 {
		second, rest = second-1, rest+1e9
	}
	if !s.valid || second != s.second {
		copy(s.text[:], time.Unix(second, 0).UTC().Format("2006-01-02T15:04:05.000000"))
		s.text[len(s.text)-1] = 'Z'
		s.second, s.micros, s.valid = second, 0, true
	}
	if micros := rest / 1000; micros != s.micros {
		s.micros = micros
		for i, left := len(s.text)-2, uint32(micros); s.text[i] != '.'; i-- {
			s.text[i] = byte('0' + left%10)
			left /= 10
		}
	}
	return append(dst, s.text[:]...)
}
