package journald

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strconv"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// Native writes records in journald's native protocol
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). It belongs to one goroutine.
type Native struct {
	heads   [8][]byte // what every record of a priority has in common
	names   fieldNames
	sources record.Sources
	path    record.Path
}

// facilityDaemon is syslog's facility of system daemons (syslog(3)).
const facilityDaemon = 3

// NewNative writes them under an identifier.
func NewNative(identifier string) *Native {
	n := &Native{names: make(fieldNames), sources: record.NewSources(appendCode)}
	for p := range n.heads {
		head := append([]byte("PRIORITY="), byte('0'+p), '\n')
		head = append(head, "SYSLOG_FACILITY="...)
		head = append(strconv.AppendInt(head, facilityDaemon, 10), '\n')
		n.heads[p] = appendField(head, "SYSLOG_IDENTIFIER", identifier)
	}
	return n
}

// Append appends one record: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER,
// SYSLOG_TIMESTAMP (microseconds since 1970), CODE_FILE, CODE_LINE, CODE_FUNC,
// ERRNO, and the attributes under the names that AppendFieldName gives them.
func (n *Native) Append(dst []byte, r record.Packed) []byte {
	dst = appendField(dst, "MESSAGE", r.Message())
	dst = append(dst, n.heads[level.Priority(r.Level())]...)
	if !r.Timeless() {
		dst = append(dst, "SYSLOG_TIMESTAMP="...)
		dst = append(strconv.AppendInt(dst, r.Nanos()/1000, 10), '\n')
	}
	if r.Replayed() {
		dst = append(dst, "REPLAYED=1\n"...)
	}
	dst = append(dst, n.sources.Of(r.PC())...)
	return n.appendTokens(dst, r.Tokens())
}

func (n *Native) appendTokens(dst []byte, ts record.Tokens) []byte {
	n.path.Reset()
	errno := false
	var t record.Token
	for ts.Next(&t) {
		switch t.Kind {
		case record.KindOpen:
			n.path.Open(t.Key)
		case record.KindClose:
			n.path.Close()
		case record.KindErrno:
			if !errno { // of several the first, which was the nearest to the message
				dst = append(dst, "ERRNO="...)
				dst = append(strconv.AppendUint(dst, t.Number, 10), '\n')
			}
			errno = true
		default:
			dst = appendValue(dst, n.names.of(n.path.To(t.Key)), &t)
		}
	}
	return dst
}

func appendValue(dst []byte, name string, t *record.Token) []byte {
	if t.Kind == record.KindString || t.Kind == record.KindJSON {
		return appendField(dst, name, t.Text)
	}
	dst = append(append(dst, name...), '=')
	return append(record.AppendScalar(dst, t), '\n')
}

// appendField appends one field: NAME=value, or where the value has more than
// one line, its length as 64 bits, little-endian, and then its bytes.
func appendField[T string | []byte](dst []byte, name string, value T) []byte {
	dst = append(dst, name...)
	if !multiline(value) {
		dst = append(dst, '=')
	} else {
		dst = append(dst, '\n')
		dst = binary.LittleEndian.AppendUint64(dst, uint64(len(value)))
	}
	return append(append(dst, value...), '\n')
}

func multiline[T string | []byte](value T) bool {
	return bytes.IndexByte([]byte(value), '\n') >= 0
}

func appendCode(dst []byte, f runtime.Frame) []byte {
	dst = appendField(dst, "CODE_FILE", f.File)
	dst = appendField(dst, "CODE_LINE", strconv.Itoa(f.Line))
	return appendField(dst, "CODE_FUNC", f.Function)
}
