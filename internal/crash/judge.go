package crash

import (
	"path"
	"runtime/debug"
	"strings"
)

// judge finds out how a process ended from what it left.
func (r *Report) judge(body string, survived bool) {
	note, last := body, ""
	if before, after, found := strings.Cut(body, endOfNote); found {
		note, last = before, after
	} else if !strings.HasPrefix(body, noticed) {
		note, last = "", body
	}
	r.Kind, r.Reason, r.Place = lastWords(last)
	reason, isNote := strings.CutPrefix(firstLine(note), noticed)
	switch {
	case survived:
		r.Kind, r.Reason = Survived, reason
	case r.Kind == Killed && isNote:
		r.Reason = "killed after this was noticed: " + reason
	case r.Kind == Aborted && isNote:
		r.Reason += " after this was noticed: " + reason
	}
	if isNote && r.Kind != Panic && r.Kind != Fatal {
		r.Place = crowded(note)
	}
}

// lastWords are what the runtime says of the end of a process.
func lastWords(text string) (kind Kind, reason, place string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "panic: "):
			return Panic, line, culprit(text)
		case strings.HasPrefix(line, "SIG") && strings.Contains(line, ": "):
			return Aborted, line, crowded(text)
		}
	}
	if strings.Contains(text, "goroutine ") {
		return Fatal, "fatal error: " + fatalWords(text), culprit(text)
	}
	return Killed, "it left without a word: SIGKILL, out of memory, or the machine went down", ""
}

// fatals are the runtime's own words by the function that gives up. It prints them
// on standard error alone (runtime.throw, before the crash output counts), so that
// here they are told from the stack. The first that is found counts.
var fatals = []struct{ function, words string }{
	{"internal/runtime/maps.fatal(", "concurrent map access"},
	{"runtime.newstack(", "stack overflow"},
	{"runtime.checkdead(", "all goroutines are asleep - deadlock!"},
	{"sync.fatal(", "misuse of a lock of package sync"},
	{"runtime.(*mheap).", "out of memory"},
	{"runtime.sysMap", "out of memory"},
	{"runtime.(*mcache).", "out of memory"},
	{"runtime.mallocgc", "out of memory"},
}

func fatalWords(text string) string {
	for _, f := range fatals {
		if strings.Contains(text, "\n"+f.function) {
			return f.words
		}
	}
	return "the Go runtime gave up; what it said is in the journal"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// culprit is the innermost line of the program itself in the first stack that has
// one.
func culprit(text string) string {
	for _, stack := range stacks(text) {
		for _, f := range stack {
			if !isStandard(f.function) && !isFramework(f.function) {
				return f.String()
			}
		}
	}
	return ""
}

// crowded is the place that most goroutines are at; of equals, the first.
func crowded(text string) string {
	counts := map[string]int{}
	best := ""
	all := stacks(text)
	for _, s := range all {
		counts[s.at()]++
	}
	for _, s := range all {
		if place := s.at(); place != "" && (best == "" || counts[place] > counts[best]) {
			best = place
		}
	}
	return best
}

// stack is a goroutine's: its frames, the innermost first.
type stack []frame

type frame struct{ function, file string }

// stacks reads the runtime's text: "goroutine 1 [running]:", then a line with a
// function and one with its file and line, for each frame.
func stacks(text string) (all []stack) {
	var now stack
	inside, function := false, ""
	end := func() {
		if len(now) > 0 {
			all = append(all, now)
		}
		now, inside, function = nil, false, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "goroutine "):
			end()
			inside = true
		case line == "":
			end()
		case !inside:
		case strings.HasPrefix(line, "\t"):
			if function != "" {
				file, _, _ := strings.Cut(strings.TrimSpace(line), " +0x")
				now = append(now, frame{function, file})
			}
			function = ""
		default:
			function = functionOf(line)
		}
	}
	end()
	return all
}

// functionOf a line: the name without its arguments; "" for the place where the
// goroutine was started, which is not where it is.
func functionOf(line string) string {
	if strings.HasPrefix(line, "created by ") {
		return ""
	}
	if i := strings.LastIndexByte(line, '('); i > 0 {
		return line[:i]
	}
	return line
}

// at is where in the program a goroutine is, whatever it does there with the help
// of others: "main.go:12 main.work". It is empty for those that gind, Gin and other
// libraries have for themselves, and for the first one, which waits for the end.
func (s stack) at() string {
	for _, f := range s {
		if isOwn(f.function) && f.function != "main.main" {
			return f.String()
		}
	}
	return ""
}

// isOwn reports whether a function is in the program's own module.
func isOwn(function string) bool {
	inModule := mainModule != "" && strings.HasPrefix(function, mainModule) && !isFramework(function)
	return strings.HasPrefix(function, "main.") || inModule
}

func (f frame) String() string { return shortFile(f.file) + " " + f.function }

// shortFile is the file with its folder, which tells it from others of its name.
func shortFile(file string) string {
	return path.Join(path.Base(path.Dir(file)), path.Base(file))
}

// frameworks carry the program's functions, and are not to blame for them.
var frameworks = []string{
	"github.com/gind/gind.", "github.com/gind/gind/internal/", "github.com/gin-gonic/gin.",
	"github.com/gin-contrib/", "github.com/prometheus/", "github.com/fsnotify/", "golang.org/x/",
}

func isFramework(function string) bool {
	for _, prefix := range frameworks {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

// isStandard reports whether a function is in the standard library: the first
// part of its package's path has no dot, and is not the program's own module.
func isStandard(function string) bool {
	if isOwn(function) || isFramework(function) {
		return false
	}
	first, rest, isPath := strings.Cut(function, "/")
	if !isPath || rest == "" {
		return true // "runtime.gopark", "sync.(*Mutex).Lock", "panic"
	}
	return !strings.Contains(first, ".")
}

var mainModule = func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Path
	}
	return ""
}()
