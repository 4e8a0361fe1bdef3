package output

import (
	"log/slog"
	"strings"
)

// kind is the format of a line.
type kind uint8

const (
	plain        kind = iota
	continuation      // belongs to the line before
	perhaps           // does, if a line that certainly does comes after it
	prefixed          // <3>text: sd-daemon(3)
	jsonObject        // {"level":"error",…}: slog, zap, zerolog, logrus
	logfmt            // level=error msg=…: slog, logrus
	zapConsole        // time, level, logger, caller, message, fields; tabs between
	klog              // E0102 15:04:05.000000    1 file.go:1] text
	logrusText        // ERRO[0000] text
	ginAccess         // [GIN] time | status | latency | client | method "path"
)

// mark is what is known of a line without having taken it apart.
type mark struct {
	kind  kind
	after mode // what the lines after it may be
	left  int8 // how many that only perhaps belong to it
	level slog.Level
}

// classifier goes through the lines of one stream in their order.
type classifier struct {
	plain slog.Level

	open  mark // what the next line may continue
	count int  // lines that have continued it
	last  mark
	piece bool // the last line goes on in the next one
}

// maxContinued is how many lines a trace may have before it is believed to be
// something else. A dump of ten thousand goroutines has more, and is cut by
// its size long before.
const maxContinued = 100_000

// next says what a line is, and reports false for an empty one that means
// nothing. piece says that the line goes on in the next one, for its length.
func (c *classifier) next(text string, piece bool) (mark, bool) {
	rest := c.piece
	c.piece = piece
	if rest && text != "" {
		return c.pieceOfLast(), true
	}
	switch c.continues(text) {
	case yes:
		c.last = mark{kind: continuation, level: c.open.level}
		return c.last, true
	case maybe:
		c.last = mark{kind: perhaps, level: c.open.level}
		return c.last, true
	}
	c.open = mark{}
	if strings.TrimSpace(text) == "" {
		return mark{}, false
	}
	c.last = classify(text, c.plain)
	if c.last.after != nothing {
		c.open, c.count = c.last, 0
	}
	return c.last, true
}

// pieceOfLast is a further piece of a long line: at its level, in no format.
func (c *classifier) pieceOfLast() mark {
	if c.last.kind == continuation || c.last.kind == perhaps {
		return c.last
	}
	return mark{level: c.last.level}
}

func (c *classifier) continues(text string) answer {
	if c.open.after == nothing || c.count == maxContinued {
		return no
	}
	c.count++
	return c.open.continuedBy(text)
}

// classify says what a line is that continues nothing.
func classify(text string, otherwise slog.Level) mark {
	coloured := strings.IndexByte(text, '\x1b') >= 0
	if coloured {
		if m, ok := ginBlock(text); ok {
			return m
		}
		text = withoutEscapes(text)
	}
	if text == "" {
		return mark{level: otherwise}
	}
	if m, ok := ofFormat(text, otherwise); ok {
		return m
	}
	rest := text[timestamp(text):]
	if m, ok := beginOfTrace(text, rest); ok {
		return m
	}
	if level, ok := leadingLevel(rest); ok {
		return mark{level: level}
	}
	return mark{level: otherwise}
}

// ofFormat tries the formats that begin as text does.
func ofFormat(text string, otherwise slog.Level) (mark, bool) {
	switch text[0] {
	case '{':
		return classifyJSON(text, otherwise)
	case '<':
		return classifyPrefixed(text)
	case '[':
		return classifyGin(text)
	case 't', 'l', 'm', 'c':
		return classifyLogfmt(text)
	case 'T', 'D', 'I', 'N', 'W', 'E', 'F', 'P':
		if m, ok := classifyKlog(text); ok {
			return m, true
		}
		return classifyLogrus(text)
	}
	if digit(text[0]) {
		return classifyZap(text)
	}
	return mark{}, false
}

// classifyJSON wants a level, or at least a whole object. One that is cut off
// after its level still has it.
func classifyJSON(text string, otherwise slog.Level) (mark, bool) {
	level, found := jsonLevel(text)
	if !found {
		level = otherwise
	}
	return mark{kind: jsonObject, level: level}, found || text[len(text)-1] == '}'
}

// classifyPrefixed reads the priority, with or without a facility as syslog(3) has it.
func classifyPrefixed(text string) (mark, bool) {
	n, i := 0, 1
	for ; i < len(text) && i <= 3 && digit(text[i]); i++ {
		n = 10*n + int(text[i]-'0')
	}
	if i == 1 || i >= len(text) || text[i] != '>' || n > 191 {
		return mark{}, false
	}
	return mark{kind: prefixed, level: syslogLevel(n & 7)}, true
}

// classifyLogfmt looks for the level among the first pairs.
func classifyLogfmt(text string) (m mark, ok bool) {
	n := 0
	eachPair(text, func(key, value string) bool {
		if levelKey(key) {
			m.level, ok = levelOfWord(value)
		}
		n++
		return !ok && n < 8
	})
	m.kind = logfmt
	return m, ok
}

// classifyKlog wants a letter, month and day, and the end of the header.
func classifyKlog(text string) (mark, bool) {
	if len(text) < 25 || text[5] != ' ' || text[8] != ':' || !digit(text[1]) || !digit(text[4]) {
		return mark{}, false
	}
	m := mark{kind: klog}
	switch text[0] {
	case 'I':
		m.level = slog.LevelInfo
	case 'W':
		m.level = slog.LevelWarn
	case 'E':
		m.level = slog.LevelError
	case 'F':
		m.level = levelCrit
	default:
		return mark{}, false
	}
	return m, strings.Contains(text, "] ")
}

// classifyLogrus is logrus's format for terminals: ERRO[0000] text.
func classifyLogrus(text string) (mark, bool) {
	if len(text) < 7 || text[4] != '[' || !digit(text[5]) {
		return mark{}, false
	}
	level, ok := levelOfWord(text[:4])
	return mark{kind: logrusText, level: level}, ok
}

// classifyZap is zap's console encoder: the time, a tab, and the level.
func classifyZap(text string) (mark, bool) {
	_, rest, found := strings.Cut(text[:min(len(text), 64)], "\t")
	if !found {
		return mark{}, false
	}
	word, _, _ := strings.Cut(rest, "\t")
	level, ok := levelOfWord(word)
	m := mark{kind: zapConsole, level: level}
	if ok && level >= slog.LevelWarn {
		m.after = zapStack
	}
	return m, ok
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
