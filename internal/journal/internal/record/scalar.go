package record

import "strconv"

// AppendScalar appends a value that is not text as people and journalctl read it.
func AppendScalar(dst []byte, t *Token) []byte {
	switch t.Kind {
	case KindInt:
		return strconv.AppendInt(dst, int64(t.Number), 10)
	case KindUint:
		return strconv.AppendUint(dst, t.Number, 10)
	case KindFloat:
		return strconv.AppendFloat(dst, t.Float(), 'g', -1, 64)
	case KindDuration:
		return appendDuration(dst, t.Duration())
	case KindTrue:
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
