// Package report writes what a benchmark found as Markdown, and keeps it in
// the benchmark's own section of a page.
package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Table is a Markdown table. Its first column is text and aligned to the left,
// the others are figures and aligned to the right.
type Table struct {
	head []string
	rows [][]string
}

// NewTable is an empty table with a head.
func NewTable(head ...string) *Table { return &Table{head: head} }

// Add adds a row. Strings are written as they are, durations with [Duration],
// float64 with [Figure], anything else as fmt.Sprint does.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = text(cell)
	}
	t.rows = append(t.rows, row)
}

func text(cell any) string {
	switch cell := cell.(type) {
	case string:
		return cell
	case time.Duration:
		return Duration(cell)
	case float64:
		return Figure(cell)
	default:
		return fmt.Sprint(cell)
	}
}

// String is the table in Markdown, with columns as wide as their widest cell.
func (t *Table) String() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 4)
		}
	}
	var b strings.Builder
	writeRow(&b, t.head, widths)
	for i, width := range widths {
		if i == 0 {
			b.WriteString("| " + strings.Repeat("-", width) + " ")
		} else {
			b.WriteString("| " + strings.Repeat("-", width-1) + ": ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		writeRow(&b, row, widths)
	}
	return b.String()
}

func writeRow(b *strings.Builder, row []string, widths []int) {
	for i, width := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		padding := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		if i == 0 {
			b.WriteString("| " + cell + padding + " ")
		} else {
			b.WriteString("| " + padding + cell + " ")
		}
	}
	b.WriteString("|\n")
}

// Duration writes a duration with three significant digits and its unit: 1.23 ms.
func Duration(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	default:
		return digits(d.Seconds()) + " s"
	}
}

// Bytes writes a size with three significant digits and its unit: 12.3 MiB.
func Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return digits(float64(n)/(1<<10)) + " KiB"
	default:
		return digits(float64(n)/(1<<20)) + " MiB"
	}
}

// Count writes a number without decimals, its thousands apart: 12,345.
func Count[N ~int | ~int64 | ~uint64 | ~float64](n N) string {
	plain := fmt.Sprintf("%.0f", float64(n))
	for i := len(plain) - 3; i > 0 && plain[i-1] != '-'; i -= 3 {
		plain = plain[:i] + "," + plain[i:]
	}
	return plain
}

// Figure writes a ratio or another small number: 0.97, 12.3, 456.
func Figure(f float64) string { return digits(f) }

func digits(f float64) string {
	switch {
	case f < 9.995:
		return fmt.Sprintf("%.2f", f)
	case f < 99.95:
		return fmt.Sprintf("%.1f", f)
	default:
		return fmt.Sprintf("%.0f", f)
	}
}
