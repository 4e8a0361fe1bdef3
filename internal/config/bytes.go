package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Bytes is a size. It is written with its unit: "64KiB", "10MB", "1GiB".
type Bytes int64

var byteUnits = []struct {
	name string
	size Bytes
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

// String is the size in the largest unit that divides it.
func (b Bytes) String() string {
	for _, u := range byteUnits[:4] {
		if b != 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}

// ParseBytes reads what String writes, and decimal units as well. Only 0 needs
// no unit.
func ParseBytes(text string) (Bytes, error) {
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > int64(1<<62)/int64(u.size) {
			return 0, fmt.Errorf("%q is not a size (write 10MiB)", text)
		}
		return Bytes(n) * u.size, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n == 0 {
			return 0, nil
		}
		return 0, fmt.Errorf("%q has no unit (write %dMiB)", text, n)
	}
	return 0, fmt.Errorf("%q is not a size (write 10MiB)", text)
}
