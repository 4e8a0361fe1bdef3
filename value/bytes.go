package value

import (
	"errors"
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

// maxBytes is what a size may be at most: 4 EiB.
const maxBytes = 1 << 62

// String is the size in the largest unit that divides it: of 1024 if there is
// one, else of 1000. It is what [ParseBytes] reads.
func (b Bytes) String() string {
	for _, u := range byteUnits {
		if b != 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return "0"
}

// MarshalText is String.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// ParseBytes reads a size: a whole number and its unit, of 1024 (KiB to TiB), of
// 1000 (kB to TB) or B. Only 0 needs no unit. The error says what to write.
func ParseBytes(text string) (Bytes, error) {
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange), err == nil && n > uint64(maxBytes/u.size):
			return 0, fmt.Errorf("%q is too large", text)
		case err != nil:
			return 0, notASize(text, number, u.name)
		}
		return Bytes(n) * u.size, nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		if n == 0 {
			return 0, nil
		}
		return 0, fmt.Errorf("%q has no unit (write %dMiB)", text, n)
	}
	return 0, notASize(text, strings.TrimRight(text, "KMGTkmgtiIBb"), "")
}

// notASize says what is wrong with text, of which number is before the unit.
func notASize(text, number, unit string) error {
	number = strings.TrimSpace(number)
	if strings.HasPrefix(number, "-") {
		return fmt.Errorf("%q is negative", text)
	}
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		return fmt.Errorf("%q is not a size (write 10MiB)", text)
	}
	if strings.ContainsAny(number, ".eE") {
		return fmt.Errorf("%q is not a whole number of %s (take a smaller unit)", text, orUnit(unit))
	}
	return fmt.Errorf("%q has no unit of size (write KiB, MiB, GiB, TiB, kB, MB, GB, TB or B)", text)
}

func orUnit(unit string) string {
	if unit == "" {
		return "units"
	}
	return unit
}
