package journald

import (
	"bytes"
	"hash/fnv"
)

const (
	// maxFieldName is how long a field's name may be; journald drops a record
	// with a longer one (systemd.journal-fields(7)).
	maxFieldName = 64

	// outOfPlace goes before a name that would not be valid, or would not be the user's to set.
	outOfPlace = "FIELD_"
)

const fieldDigits = "0123456789ABCDEF"

// reserved are the fields that this package sets or journald acts upon. An
// attribute of such a name does not speak over them.
var reserved = map[string]bool{
	"MESSAGE":           true,
	"PRIORITY":          true,
	"CODE_FILE":         true,
	"CODE_LINE":         true,
	"CODE_FUNC":         true,
	"ERRNO":             true,
	"TID":               true,
	"OBJECT_PID":        true,
	"SYSLOG_FACILITY":   true,
	"SYSLOG_IDENTIFIER": true,
	"SYSLOG_PID":        true,
	"SYSLOG_TIMESTAMP":  true,
	"SYSLOG_RAW":        true,
	"REPLAYED":          true,
}

// AppendFieldName appends the name of the journal's field for the attribute at
// path, which is its key with those of its groups before it, dots between them:
//
//   - letters become upper case, every character that is not a letter or a
//     digit of ASCII an underscore: http.user-id is HTTP_USER_ID;
//   - leading underscores, which mark journald's own fields, fall away;
//   - a name that begins with a digit or is reserved gets FIELD_ before it;
//   - one of which nothing is left is FIELD_ and a hash of the path, eight hexadecimal digits;
//   - one that is too long keeps its first 55 characters, an underscore and such a hash.
//
// Attributes that still share a name are values of one field, which journald
// permits, in the order in which they were logged.
func AppendFieldName(dst, path []byte) []byte {
	start := len(dst)
	for _, r := range string(path) {
		c := upper(r)
		if c != '_' || len(dst) > start {
			dst = append(dst, c)
		}
	}
	name := dst[start:]
	if len(bytes.Trim(name, "_")) == 0 {
		return appendHash(append(dst[:start], outOfPlace...), path)
	}
	if name[0] <= '9' || reserved[string(name)] {
		dst = append(dst, outOfPlace...)
		copy(dst[start+len(outOfPlace):], dst[start:])
		copy(dst[start:], outOfPlace)
	}
	if len(dst)-start > maxFieldName {
		dst = append(dst[:start+maxFieldName-9], '_')
		dst = appendHash(dst, path)
	}
	return dst
}

func upper(r rune) byte {
	switch {
	case 'a' <= r && r <= 'z':
		return byte(r) - 'a' + 'A'
	case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return byte(r)
	}
	return '_'
}

func appendHash(dst, path []byte) []byte {
	h := fnv.New32a()
	_, _ = h.Write(path)
	for shift, sum := 28, h.Sum32(); shift >= 0; shift -= 4 {
		dst = append(dst, fieldDigits[sum>>shift&0xf])
	}
	return dst
}

// fieldNames remembers the names of the paths it has seen. It belongs to one goroutine.
type fieldNames map[string]string

// maxFieldNames bounds what is remembered, for those who make keys out of data.
const maxFieldNames = 4096

// of is the name of the field for path.
func (f fieldNames) of(path []byte) string {
	if name, ok := f[string(path)]; ok {
		return name
	}
	name := string(AppendFieldName(nil, path))
	if len(f) < maxFieldNames {
		f[string(path)] = name
	}
	return name
}
