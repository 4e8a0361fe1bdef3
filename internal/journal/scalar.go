package journal

import "strconv"

// appendScalar appends a value that is not text as people and journalctl read it.
func appendScalar(dst []byte, t *token) []byte {
	switch t.kind {
	case kindInt:
		return strconv.AppendInt(dst, int64(t.number), 10)
	case kindUint:
		return strconv.AppendUint(dst, t.number, 10)
	case kindFloat:
		return strconv.AppendFloat(dst, t.float(), 'g', -1, 64)
	case kindDuration:
		return appendDuration(dst, t.duration())
	case kindTrue:
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
