package record

import (
	"math"
	"testing"
	"time"
)

func TestDurationsReadAsTimeWritesThem(t *testing.T) {
	d := []time.Duration{0, 1, -1, 999, 1000, 1001, 1e6, 1e9, 59 * time.Second, time.Minute, time.Hour, 100*time.Hour + 1, math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	for i := range 60 {
		d = append(d, time.Duration(1)<<i, time.Duration(3)<<i, -time.Duration(7)<<i)
	}
	for _, d := range d {
		if got := string(appendDuration(nil, d)); got != d.String() {
			t.Errorf("%s, want %s", got, d)
		}
	}
}
