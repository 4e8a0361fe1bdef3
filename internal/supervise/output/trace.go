package output

import (
	"log/slog"
	"slices"
	"strings"
)

// mode is what the lines after a line may be.
type mode uint8

const (
	nothing  mode = iota
	goTrace       // a panic, a fatal error or a dump of goroutines
	zapStack      // the stack trace after a line of zap's console encoder
	ginRed        // a block of Gin's Recovery, red until the colour is reset
	ginNote       // an explanation of Gin's, indented
	ended         // nothing more

	// Of other languages, see stack.go.

	stackHead  // what failed was said, frames are to come
	stack      // frames, and what else belongs to them
	pyFrames   // of Python: the exception comes after the frames
	nodeSource // Node's line of source, and what is wrong with it
	nodeMark   // once it was marked
	rustHead   // what a panic of Rust says
)

// answer to whether a line belongs to the one before.
type answer uint8

const (
	no answer = iota
	yes
	maybe
)

func sure(belongs bool) answer {
	if belongs {
		return yes
	}
	return no
}

// traceBegins is what a trace begins with, from the Go runtime (runtime/panic.go,
// signal_unix.go).
var traceBegins = byFirst(
	"panic: ",
	"fatal error: ",
	"runtime: out of memory",
	"runtime: goroutine stack exceeds",
	"unexpected fault address ",
	"SIGQUIT: ", "SIGABRT: ", "SIGSEGV: ", "SIGBUS: ", "SIGFPE: ", "SIGILL: ", "SIGTRAP: ", "SIGSYS: ",
	"WARNING: DATA RACE",
)

// prefixes are some, by their first byte.
type prefixes [256][]string

func byFirst(texts ...string) *prefixes {
	var p prefixes
	for _, text := range texts {
		p[text[0]] = append(p[text[0]], text)
	}
	return &p
}

// match is whether text, which is not empty, begins with one of them.
func (p *prefixes) match(text string) bool {
	return slices.ContainsFunc(p[text[0]], func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// beginOfTrace recognises a trace by its first line. That of net/http, which
// survives a panic of a handler, comes in rest, after package log's date.
func beginOfTrace(text, rest string) (mark, bool) {
	m := mark{level: slog.LevelError, after: goTrace}
	if traceBegins.match(text) || goroutineHeader(text) {
		return m, true
	}
	if m, ok := beginOfStack(text); ok {
		return m, true
	}
	return m, strings.HasPrefix(rest, "http: panic serving ") || strings.HasPrefix(rest, "http2: panic serving ")
}

// goroutineHeader recognises "goroutine 1 [running]:".
func goroutineHeader(text string) bool {
	rest, ok := strings.CutPrefix(text, "goroutine ")
	return ok && rest != "" && digit(rest[0]) && strings.Contains(rest, " [") && strings.HasSuffix(rest, "]:")
}

// What other lines of a trace begin with, besides functions and what is indented.
var traceGoesOn = byFirst(
	"goroutine ", "created by ", "[signal ", "[recovered", "exit status ", "runtime: ", "runtime stack:", "...", "-----",
	"PC=", "stack: ", "==================", "Previous ", "Goroutine ", "Read at ", "Write at ",
)

// continuedBy reports whether text belongs to what m is of. What may come after
// it can be something else.
func (m *mark) continuedBy(text string) answer {
	switch m.after {
	case goTrace:
		return sure(inTrace(text))
	case zapStack:
		return sure(strings.HasPrefix(text, "\t") || function(text))
	case ginRed:
		if strings.Contains(text, "\x1b[0m") {
			m.after = ended
		}
		return yes
	case ginNote:
		return sure(indented(text))
	case nothing, ended:
		return no
	}
	return m.stackContinuedBy(text)
}

func indented(text string) bool { return text != "" && (text[0] == ' ' || text[0] == '\t') }

func inTrace(text string) bool {
	if text == "" || text[0] == '\t' || text[0] == ' ' || function(text) || register(text) {
		return true
	}
	return traceBegins.match(text) || traceGoesOn.match(text)
}

// function recognises "main.main()", "net/http.(*conn).serve(0xc000, {0x1, 0x2})",
// and, as zap has it, "main.main".
func function(text string) bool {
	name, _, called := strings.Cut(text, "(")
	if called && text[len(text)-1] != ')' && !strings.Contains(text, ").") {
		return false
	}
	return name == "panic" || strings.Contains(name, ".") && !strings.ContainsAny(name, " \t\"={")
}

// register recognises "rax    0x0", with which the runtime ends a dump.
func register(text string) bool {
	name, value, found := strings.Cut(text, " ")
	return found && len(name) <= 6 && strings.HasPrefix(strings.TrimLeft(value, " "), "0x")
}

// ginBlock recognises what Gin's Recovery writes: red, with a date, and of many
// lines. Without "[Recovery]" it is about a client that has gone.
func ginBlock(text string) (mark, bool) {
	rest, red := strings.CutPrefix(text, "\x1b[31m")
	if !red || dateAndTime(rest) == 0 || strings.Contains(rest, "\x1b[0m") {
		return mark{}, false
	}
	if strings.Contains(rest, " [Recovery] ") {
		return mark{level: slog.LevelError, after: ginRed}, true
	}
	return mark{level: slog.LevelWarn, after: ginRed}, true
}
