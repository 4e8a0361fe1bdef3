package alert

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of what is told.
const (
	maxRecords = 50
	maxLine    = 2 << 10 // bytes
	maxSubject = 200
)

// bounded is a notice that no receiver chokes on.
func (n Notice) bounded() Notice {
	records := n.Records[max(0, len(n.Records)-maxRecords):]
	n.Records = make([]string, len(records))
	for i, r := range records {
		n.Records[i] = oneLine(r, maxLine)
	}
	n.Reason = oneLine(firstLine(n.Reason), maxLine)
	return n
}

// firstLine is the first line that says something. Of a mistake in a file the others
// show the place.
func firstLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(text)
}

// text is a notice for people.
func (n Notice) text() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	if n.Test {
		b.WriteString("This is a test: nothing has failed.\n\n")
	}
	line("unit", "%s on %s", n.Unit, n.Host)
	line("time", "%s", n.Time.Format(time.RFC3339))
	if n.CrashLoop {
		line("result", "%s, after %d restarts", n.Result, n.Restarts)
	} else {
		line("result", "%s, exit status %d %s, after %d restarts", n.Result, n.ExitStatus, n.ExitCode, n.Restarts)
	}
	line("reason", "%s", n.Reason)
	if n.Dump != "" {
		line("dump", "%s", n.Dump)
	}
	if n.Remedy != "" {
		fmt.Fprintf(&b, "\nIt stays down. Once the reason is mended:\n  %s\n", n.Remedy)
	}
	fmt.Fprintf(&b, "\nThe last records:\n")
	for _, r := range n.Records {
		b.WriteString("  " + r + "\n")
	}
	return b.String()
}

// oneLine makes a text fit for a header, a variable or a line of a mail.
func oneLine(text string, most int) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most-len("…")], "") + "…"
	}
	return text
}
