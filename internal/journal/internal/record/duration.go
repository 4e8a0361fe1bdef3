package record

import "time"

// appendDuration appends what d.String returns, without the string.
func appendDuration(dst []byte, d time.Duration) []byte {
	switch {
	case d == 0:
		return append(dst, "0s"...)
	case d < 0 && d == -d: // the least of all has no positive
		return append(dst, d.String()...)
	case d < 0:
		dst, d = append(dst, '-'), -d
	}
	var buf [32]byte
	i := len(buf)
	u := uint64(d)
	unit, digits := "s", 9
	switch {
	case d < time.Microsecond:
		unit, digits = "ns", 0
	case d < time.Millisecond:
		unit, digits = "µs", 3
	case d < time.Second:
		unit, digits = "ms", 6
	}
	i -= copy(buf[i-len(unit):], unit)
	i, u = fraction(&buf, i, u, digits)
	if d < time.Second {
		return append(dst, buf[whole(&buf, i, u):]...)
	}
	i = whole(&buf, i, u%60)
	if u /= 60; u > 0 {
		i--
		buf[i] = 'm'
		i = whole(&buf, i, u%60)
		if u /= 60; u > 0 {
			i--
			buf[i] = 'h'
			i = whole(&buf, i, u)
		}
	}
	return append(dst, buf[i:]...)
}

// fraction writes the last digits of u before i, without trailing zeros, and
// returns where they begin and what is left of u.
func fraction(buf *[32]byte, i int, u uint64, digits int) (int, uint64) {
	shown := false
	for range digits {
		if digit := u % 10; shown || digit != 0 {
			shown = true
			i--
			buf[i] = byte('0' + digit)
		}
		u /= 10
	}
	if shown {
		i--
		buf[i] = '.'
	}
	return i, u
}

// whole writes u before i and returns where it begins.
func whole(buf *[32]byte, i int, u uint64) int {
	for {
		i--
		buf[i] = byte('0' + u%10)
		if u /= 10; u == 0 {
			return i
		}
	}
}
