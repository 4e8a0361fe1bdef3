package output

import (
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAttrs is how many attributes a line may become, those of groups included.
	maxAttrs = 48

	// maxValue is how many bytes of a value are kept. A stack trace has room.
	maxValue = 16 << 10

	// maxKey is how many bytes of a key are kept.
	maxKey = 128

	// maxDepth is how deep objects become groups. Deeper ones stay JSON.
	maxDepth = 3

	// skew is how far the time that a line gives may be off to be believed.
	skew = time.Minute
)

// record makes r what a line says. A line that turns out to be of another
// format than it looked like is a message as it stands.
func record(r *slog.Record, now time.Time, m mark, text string) {
	*r = slog.NewRecord(now, m.level, "", 0)
	if m.kind != plain && strings.IndexByte(text, '\x1b') >= 0 {
		text = withoutEscapes(text)
	}
	switch m.kind {
	case prefixed:
		_, text, _ = strings.Cut(text, ">")
	case jsonObject:
		if jsonRecord(r, text) {
			return
		}
		*r = slog.NewRecord(now, m.level, "", 0)
	case logfmt:
		logfmtRecord(r, text)
		return
	case zapConsole:
		zapRecord(r, text)
		return
	case klog:
		klogRecord(r, text)
		return
	case logrusText:
		_, text, _ = strings.Cut(text, "]")
		text = strings.TrimPrefix(text, " ")
	case ginAccess:
		ginRecord(r, text)
		return
	}
	r.Message = clean(withoutEnd(text))
}

// withoutEnd is text without the white space at its end. That at its beginning means something.
func withoutEnd(text string) string {
	end := len(text)
	for end > 0 && (text[end-1] == ' ' || text[end-1] == '\t' || text[end-1] == '\r') {
		end--
	}
	return text[:end]
}

// fields collects what a line has besides its message.
type fields struct {
	record  *slog.Record
	line    string
	failure string // the error that it names
	message bool   // was found
	left    int    // attributes that may still be added
}

// take adds one member of the line. Numbers and truth values keep their type
// where the format has types.
func (f *fields) take(key, text string, value slog.Value) {
	switch {
	case levelKey(key):
	case messageKey(key) && !f.message:
		f.record.Message, f.message = clean(text), true
	case timeKey(key) && f.takeTime(text):
	default:
		if key == "error" || key == "err" {
			f.failure = text
		}
		f.left -= attrs(value)
		if f.left >= 0 {
			f.record.AddAttrs(slog.Attr{Key: keyOf(key), Value: value})
		}
	}
}

// takeTime makes the time that the line gives the record's, if it is near.
func (f *fields) takeTime(text string) bool {
	t, ok := parseTime(text)
	if !ok || t.Sub(f.record.Time).Abs() > skew {
		return false
	}
	f.record.Time = t
	return true
}

// end completes the record: without a message it is the error, or the line
// itself. What had no room is counted.
func (f *fields) end() {
	switch {
	case f.message:
	case f.failure != "":
		f.record.Message = clean(f.failure)
	default:
		f.record.Message = clean(f.line)
	}
	if f.left < 0 {
		f.record.AddAttrs(slog.Int("dropped_fields", -f.left))
	}
}

// attrs is how many attributes a value counts for.
func attrs(v slog.Value) int {
	if v.Kind() != slog.KindGroup {
		return 1
	}
	n := 1
	for _, a := range v.Group() {
		n += attrs(a.Value)
	}
	return n
}

func jsonRecord(r *slog.Record, text string) bool {
	f := fields{record: r, line: text, left: maxAttrs}
	err := eachMember(text, func(key, value string) bool {
		f.take(jsonKey(key), jsonText(value), jsonValue(value, maxDepth))
		return true
	})
	f.end()
	return err == nil
}

// jsonValue is a value in the type that slog has for it.
func jsonValue(value string, depth int) slog.Value {
	switch c := value[0]; {
	case c == '"':
		return textValue(jsonText(value))
	case c == '{' && depth > 0:
		if group, ok := jsonGroup(value, depth-1); ok {
			return group
		}
	case c == '-' || digit(c):
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return slog.Int64Value(n)
		}
		if x, err := strconv.ParseFloat(value, 64); err == nil && !math.IsInf(x, 0) {
			return slog.Float64Value(x)
		}
	case value == "true" || value == "false":
		return slog.BoolValue(value == "true")
	}
	return textValue(value)
}

func jsonGroup(value string, depth int) (slog.Value, bool) {
	var group []slog.Attr
	err := eachMember(value, func(key, value string) bool {
		group = append(group, slog.Attr{Key: keyOf(jsonKey(key)), Value: jsonValue(value, depth)})
		return len(group) < maxAttrs
	})
	return slog.GroupValue(group...), err == nil && len(group) < maxAttrs
}

func logfmtRecord(r *slog.Record, line string) {
	f := fields{record: r, line: line, left: maxAttrs}
	eachPair(line, func(key, value string) bool {
		f.take(key, value, textValue(value))
		return true
	})
	f.end()
}

// zapRecord: time, level, then, as far as they are there, logger and caller;
// the message, and a JSON object.
func zapRecord(r *slog.Record, line string) {
	columns := strings.Split(line, "\t")
	f := fields{record: r, line: line, left: maxAttrs, message: true}
	f.takeTime(columns[0])
	columns = columns[2:]
	object := ""
	if n := len(columns); n > 1 && strings.HasPrefix(columns[n-1], "{") && strings.HasSuffix(columns[n-1], "}") {
		columns, object = columns[:n-1], columns[n-1]
	}
	for i, column := range columns[:min(2, len(columns))] {
		if !strings.Contains(column, ".go:") || strings.Contains(column, " ") {
			continue
		}
		if i == 1 {
			r.AddAttrs(slog.Attr{Key: "logger", Value: textValue(columns[0])})
		}
		r.AddAttrs(slog.Attr{Key: "caller", Value: textValue(column)})
		columns = columns[i+1:]
		break
	}
	r.Message = clean(strings.Join(columns, "\t"))
	if object != "" {
		_ = eachMember(object, func(key, value string) bool {
			f.take(jsonKey(key), jsonText(value), jsonValue(value, maxDepth))
			return true
		})
	}
	f.end()
}

// klogRecord takes the header off, and the fields of InfoS and ErrorS.
func klogRecord(r *slog.Record, line string) {
	header, message, _ := strings.Cut(line, "] ")
	if i := strings.LastIndexByte(header, ' '); i >= 0 {
		r.AddAttrs(slog.Attr{Key: "caller", Value: textValue(header[i+1:])})
	}
	if !strings.HasPrefix(message, `"`) {
		r.Message = clean(message)
		return
	}
	said, pairs := quoted(message)
	f := fields{record: r, line: line, left: maxAttrs, message: true}
	r.Message = clean(said)
	if rest := eachPair(pairs, func(key, value string) bool {
		f.take(key, value, textValue(value))
		return true
	}); rest != "" {
		r.Message += " " + clean(rest)
	}
	f.end()
}

// parseTime reads RFC 3339, and seconds since 1970 as zap has them.
func parseTime(s string) (time.Time, bool) {
	if len(s) < 10 {
		return time.Time{}, false
	}
	if s[4] == '-' {
		t, err := time.Parse(time.RFC3339Nano, s)
		return t, err == nil
	}
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || seconds < 1e9 || seconds > 1e10 {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(seconds * 1e6)), true
}

// ours are the keys that gind itself gives to the records of a program, and that of
// gind's own process in the log files.
var ours = map[string]bool{"program": true, "program_pid": true, "pid": true, "stream": true, "message_id": true}

// keyOf is the key of an attribute: bounded, printable, and none of ours.
func keyOf(key string) string {
	key = clean(cut(key, maxKey))
	switch {
	case key == "":
		return "field"
	case ours[key]:
		return "app_" + key
	}
	return key
}

func textValue(s string) slog.Value { return slog.StringValue(clean(cut(s, maxValue))) }
