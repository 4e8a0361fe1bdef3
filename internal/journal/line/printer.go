package line

import (
	"io"
)

// Printer shows records to people.
type Printer struct {
	w     io.Writer
	lines *Text
	buf   []byte
}

// NewPrinter makes one that writes to w, in colour or not.
func NewPrinter(w io.Writer, color bool) *Printer {
	return &Printer{w: w, lines: NewText(color, dateOfTime)}
}

// Print writes one record as a line. What is not a record is written as it is.
func (p *Printer) Print(l Line) error {
	e, err := ParseEntry(l.JSON)
	if err != nil {
		p.buf = append(append(p.buf[:0], l.JSON...), '\n')
	} else {
		p.buf = p.lines.Append(p.buf[:0], e.Pack(0), Unmarked)
	}
	_, err = p.w.Write(p.buf)
	return err
}
