package output

import (
	"log/slog"
	"strings"
)

// Stack traces of other languages: Python, Java, JavaScript (Node), Rust, Ruby and PHP.
// They are alike: what failed, whose text may have several lines, and frames, which are
// indented. Python has the frames first.

// maxSaid is how many lines of text are waited through for the first frame. If none
// comes they are records of their own.
const maxSaid = 8

// stackBegins are the beginnings that name their language.
var stackBegins = [256][]struct {
	prefix string
	with   string // is to be in the line too
	after  mode
}{
	' ': {
		{`  File "`, `", line `, pyFrames}, // a syntax error
		{"  + Exception Group Traceback (most recent call last)", "", stack},
	},
	'T': {{"Traceback (most recent call last)", "", pyFrames}},
	'E': {
		{`Exception in thread "`, "", stackHead}, // Java
		{"Exception in thread ", ":", stack},     // Python, and then a traceback
		{"Exception ignored in: ", "", stack},
	},
	't': {{"thread '", "panicked at", rustHead}},
	'n': {{"node:", "", nodeSource}},
	'f': {{"file://", "", nodeSource}},
	'/': {{"/", "", nodeSource}},
	'[': {{"[eval", "", nodeSource}, {"[", "] PHP Fatal error: ", stackHead}, {"[", "] PHP Parse error: ", stackHead}},
	'(': {{"(node:", "UnhandledPromiseRejection", stackHead}},
	'P': {{"PHP Fatal error: ", "", stackHead}, {"PHP Parse error: ", "", stackHead}},
	'F': {{"Fatal error: ", " in ", stackHead}}, // of PHP on standard output
	'N': {{"NOTICE: PHP message: PHP Fatal error: ", "", stackHead}},
	'U': {{"Uncaught ", "", stackHead}, {"Unhandled exception", "", stackHead}},
}

// beginOfStack recognises the first line of a trace. A frame without what it is of is
// one too: the line before may have gone with a pause of the program.
func beginOfStack(text string) (mark, bool) {
	m := mark{level: slog.LevelError, left: maxSaid}
	for _, b := range stackBegins[text[0]] {
		if !strings.HasPrefix(text, b.prefix) || !strings.Contains(text, b.with) || b.after == nodeSource && !location(text) {
			continue
		}
		m.after = b.after
		return m, true
	}
	switch {
	case frame(text):
		m.after = stack
	case rubyHead(text), exception(text):
		m.after = stackHead
	default:
		return m, false
	}
	return m, true
}

// stackContinuedBy is continuedBy for the modes of this file.
func (m *mark) stackContinuedBy(text string) answer {
	switch m.after {
	case pyFrames:
		if text != "" && !indented(text) {
			m.after = stack // this is the exception
		}
		return yes
	case rustHead:
		m.after = stackHead
		return yes
	case nodeSource:
		if caret(text) {
			m.after = nodeMark
			return yes
		}
		return m.perhaps(text)
	case nodeMark:
		if text != "" && !caret(text) {
			m.after = stackHead
		}
		return yes
	case stackHead:
		if text == "" || !inStack(text) {
			return m.perhaps(text)
		}
	}
	return m.inStack(text)
}

// inStack also sees which part of the trace begins.
func (m *mark) inStack(text string) answer {
	if text != "" && !inStack(text) {
		return no
	}
	m.after = stack
	switch {
	case strings.HasPrefix(text, "Caused by: "), strings.HasPrefix(text, "Next "), rubyHead(text):
		m.after, m.left = stackHead, maxSaid
	case strings.HasPrefix(text, "Traceback "), strings.HasPrefix(text, `  File "`):
		m.after = pyFrames
	}
	return yes
}

// perhaps is what there is to say of a line before the frames, which says nothing itself.
func (m *mark) perhaps(text string) answer {
	if m.left == 0 {
		return no
	}
	if text != "" {
		said := classify(text, slog.LevelInfo)
		_, levelled := leadingLevel(text)
		if m.after != nodeSource && (said.kind != plain || said.after != nothing || levelled || timestamp(text) > 0) {
			return no
		}
	}
	m.left--
	return maybe
}

// What lines of a trace begin with, besides frames.
var stackGoesOn = byFirst(
	"Caused by:", "Suppressed:", "... ", "}", // Java, Node
	"Node.js v", "Thrown at:",
	"stack backtrace:", "note: ", // Rust
	"Stack trace:", "Next ", "#", "PHP Stack trace:", "PHP   ", // PHP
	"Traceback (most recent call last)", "During handling of the above exception", "The above exception was the direct cause",
)

func inStack(text string) bool {
	return indented(text) || stackGoesOn.match(text) || rubyHead(text) || text[0] == '[' && strings.Contains(text, "] PHP ")
}

// frame recognises "    at f (/app/x.js:2:21)", "\tat A.f(A.java:2)" and "\tfrom x.rb:1:in `f'".
func frame(text string) bool {
	if !indented(text) {
		return false
	}
	rest := strings.TrimLeft(text, " \t")
	if strings.HasPrefix(rest, "at ") {
		last := rest[len(rest)-1]
		return last == ')' || digit(last) && strings.Contains(rest, ":")
	}
	return strings.HasPrefix(rest, "from ") && strings.Contains(rest, ":in ")
}

// exception recognises "java.lang.IllegalStateException: text", "TypeError: text" and
// "TypeError [ERR_CODE]: text".
func exception(text string) bool {
	name := text[:min(len(text), maxName)]
	if end := strings.IndexByte(name, ':'); end >= 0 {
		name = name[:end]
	}
	if end := strings.IndexByte(name, ' '); end >= 0 {
		name = name[:end]
	}
	rest := text[len(name):]
	if !strings.HasSuffix(name, "Error") && !strings.HasSuffix(name, "Exception") && !strings.HasSuffix(name, "Rejection") {
		return false
	}
	if name[0] >= 'a' && !strings.Contains(name, ".") || strings.ContainsFunc(name, notOfName) {
		return false
	}
	return rest == "" || strings.HasPrefix(rest, ": ") || strings.HasPrefix(rest, " [") && strings.Contains(rest, "]: ")
}

// maxName is how long the name of an exception may be, with its package.
const maxName = 128

func notOfName(c rune) bool {
	return c >= 0x80 || !letter(byte(c)) && !digit(byte(c)) && c != '.' && c != '_' && c != '$'
}

// rubyHead recognises "/app/x.rb:2:in `f': text (RuntimeError)", with either quote.
func rubyHead(text string) bool {
	end := strings.IndexByte(text, ' ') // of "/app/x.rb:2:in"
	if end < 5 || text[end-3:end] != ":in" || end+1 == len(text) {
		return false
	}
	quote := text[end+1]
	return digit(text[end-4]) && (quote == '`' || quote == '\'')
}

// location recognises "/app/x.js:10" and the like: nothing but a place.
func location(text string) bool {
	return digit(text[len(text)-1]) && strings.Contains(text, ":") && !strings.ContainsAny(text, " \t")
}

// caret is a line that only points at something in the line above.
func caret(text string) bool {
	return strings.ContainsRune(text, '^') && strings.Trim(text, " \t^~") == ""
}
