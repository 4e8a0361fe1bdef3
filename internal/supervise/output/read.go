package output

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
	"unsafe"
)

// MaxLine is the longest line in bytes that becomes one record. A longer one
// is split into several.
const MaxLine = 32 << 10

// reader finds the lines in what is read.
type reader struct {
	buf        [MaxLine]byte
	begin      int // of the line that has no end yet
	used       int // end of what was read
	classifier classifier
	lines      []line // found in the last read, as parts of buf
}

// line is one line without its end, as a part of some text.
type line struct {
	from, to int32
	mark     mark
}

// read puts the lines of from into the queue until the end.
func (s *Stream) read(from io.Reader) error {
	r := &reader{classifier: classifier{plain: s.plain}}
	for {
		n, err := from.Read(r.buf[r.used:])
		r.cut(n, err != nil)
		s.bytes.Add(uint64(n))
		s.lines.Add(uint64(len(r.lines)))
		s.dropped.Add(s.queue.put(r.buf[:], r.lines))
		r.keepTail()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// cut finds the lines in what was read, n bytes more than before. The last
// line of all may have no end.
func (r *reader) cut(n int, last bool) {
	r.lines = r.lines[:0]
	from := r.used
	r.used += n
	for {
		i := bytes.IndexByte(r.buf[from:r.used], '\n')
		if i < 0 {
			break
		}
		from += i + 1
		r.add(from-1, false)
		r.begin = from
	}
	switch {
	case last && r.begin < r.used:
		r.add(r.used, false)
		r.begin = r.used
	case r.begin == 0 && r.used == len(r.buf):
		r.begin = wholeRunes(r.buf[:])
		r.add(r.begin, true)
	}
}

// add adds the line from the last one to end, if it means anything. A piece is
// a line that goes on in the next one.
func (r *reader) add(end int, piece bool) {
	from := r.begin
	if piece {
		from = 0
	}
	if end > from && r.buf[end-1] == '\r' {
		end--
	}
	text := unsafe.String(&r.buf[0], len(r.buf))[from:end] // not kept
	if m, ok := r.classifier.next(text, piece); ok {
		r.lines = append(r.lines, line{int32(from), int32(end), m})
	}
}

// keepTail moves what has no end yet to the front.
func (r *reader) keepTail() {
	r.used = copy(r.buf[:], r.buf[r.begin:r.used])
	r.begin = 0
}

// wholeRunes is how much of buf there is without a character cut in half.
func wholeRunes(buf []byte) int {
	for i := len(buf) - 1; i > len(buf)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(buf[i]) {
			continue
		}
		if utf8.FullRune(buf[i:]) {
			break
		}
		return i
	}
	return len(buf)
}
