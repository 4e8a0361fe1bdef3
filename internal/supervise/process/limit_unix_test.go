//go:build unix

package process

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestLimitsAreReadAsSystemdHasThem(t *testing.T) {
	const nofile, as = unix.RLIMIT_NOFILE, unix.RLIMIT_AS
	for _, test := range []struct {
		name, value string
		want        Limit
	}{
		{"nofile", "1024", Limit{nofile, 1024, 1024}},
		{"nofile", "1024:4096", Limit{nofile, 1024, 4096}},
		{"nofile", "1K:infinity", Limit{nofile, 1024, infinity}},
		{"as", "2G", Limit{as, 2 << 30, 2 << 30}},
		{"as", "0:1T", Limit{as, 0, 1 << 40}},
	} {
		if got, err := ParseLimit(test.name, test.value); got != test.want || err != nil {
			t.Errorf("%s=%s: %+v, %v", test.name, test.value, got, err)
		}
	}
	for _, bad := range [][2]string{
		{"files", "1"}, {"nofile", ""}, {"nofile", "many"}, {"nofile", "-1"}, {"nofile", "1KK"}, {"nofile", "1:"},
		{"nofile", "4096:1024"}, {"nofile", "infinity:1"}, {"as", "9999999999T"}, {"nofile", "1:2:3"},
	} {
		if got, err := ParseLimit(bad[0], bad[1]); err == nil {
			t.Errorf("%s=%s was read as %+v", bad[0], bad[1], got)
		}
	}
}
