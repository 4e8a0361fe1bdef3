package process

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseLimit reads a limit as systemd.exec(5) has it: one value for both
// limits or "soft:hard", each a number, optionally with K, M, G or T (powers
// of 1024), or "infinity". The names are as, core, cpu (seconds), data, fsize,
// memlock, nofile, nproc and stack; the sizes are in bytes.
func ParseLimit(name, value string) (Limit, error) {
	resource, known := resources[name]
	if !known {
		return Limit{}, fmt.Errorf("limit %q: not known on this system", name)
	}
	first, second, both := strings.Cut(value, ":")
	if !both {
		second = first
	}
	soft, err := parseBound(first)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %s: %q: %w", name, value, err)
	}
	hard, err := parseBound(second)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %s: %q: %w", name, value, err)
	}
	if soft > hard {
		return Limit{}, fmt.Errorf("limit %s: %q: the soft limit is above the hard one", name, value)
	}
	return Limit{Resource: resource, Soft: soft, Hard: hard}, nil
}

func parseBound(s string) (uint64, error) {
	if s == "infinity" {
		return infinity, nil
	}
	digits := strings.TrimRight(s, "KMGT")
	shift := 0
	switch s[len(digits):] {
	case "":
	case "K":
		shift = 10
	case "M":
		shift = 20
	case "G":
		shift = 30
	case "T":
		shift = 40
	default:
		return 0, fmt.Errorf("%q has more than one unit", s)
	}
	n, err := strconv.ParseUint(digits, 10, 63-shift)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a number nor \"infinity\"", s)
	}
	return n << shift, nil
}
