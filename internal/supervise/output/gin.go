package output

import (
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// classifyGin reads the lines of Gin that begin with its name: an access log
// at the level of the status, and what it says in debug mode.
func classifyGin(text string) (mark, bool) {
	if rest, ok := strings.CutPrefix(text, "[GIN] "); ok {
		status, ok := ginStatus(rest)
		return mark{kind: ginAccess, level: levelOfStatus(status)}, ok
	}
	rest, ok := strings.CutPrefix(text, "[GIN-debug] ")
	if !ok {
		return mark{}, false
	}
	m := mark{level: slog.LevelDebug, after: ginNote}
	if level, named := leadingLevel(rest); named {
		m.level = level
	}
	return m, true
}

func levelOfStatus(status int) slog.Level {
	switch {
	case status >= 500:
		return slog.LevelError
	case status >= 400:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// ginStatus reads the number between the first two bars.
func ginStatus(text string) (int, bool) {
	_, rest, _ := strings.Cut(text, "|")
	word, _, found := strings.Cut(rest, "|")
	status, err := strconv.Atoi(strings.TrimSpace(word))
	return status, found && err == nil
}

// ginRecord has the message and the fields that gind's own access log has:
//
//	[GIN] 2006/01/02 - 15:04:05 | 200 |    1.2ms |   127.0.0.1 | GET      "/path"
func ginRecord(r *slog.Record, text string) {
	text = clean(text)
	fields := strings.SplitN(text, "|", 5)
	if len(fields) != 5 {
		r.Message = text
		return
	}
	status := strings.TrimSpace(fields[1])
	method, path, _ := strings.Cut(strings.TrimSpace(fields[4]), " ")
	path, _ = quoted(strings.TrimSpace(path))
	latency := strings.TrimSpace(fields[2])
	r.Message = method + " " + clean(path) + " " + status + " " + latency
	r.AddAttrs(slog.String("method", method), slog.String("path", clean(path)))
	if n, err := strconv.Atoi(status); err == nil {
		r.AddAttrs(slog.Int("status", n))
	}
	if d, err := time.ParseDuration(latency); err == nil {
		r.AddAttrs(slog.Duration("duration", d))
	}
	if client := strings.TrimSpace(fields[3]); client != "" {
		r.AddAttrs(slog.String("remote", client))
	}
}
