package sample

import (
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []int
		want   int
	}{
		{nil, 0},
		{[]int{7}, 7},
		{[]int{9, 1, 5}, 5},
		{[]int{4, 1, 9, 2}, 3},
	} {
		if got := Median(test.values); got != test.want {
			t.Errorf("Median(%v) = %d, want %d", test.values, got, test.want)
		}
	}
}

func TestMedianLeavesItsInputInOrder(t *testing.T) {
	values := []int{3, 1, 2}
	Median(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("values are now %v", values)
	}
}

func TestQuantile(t *testing.T) {
	var values []time.Duration
	for i := 1000; i > 0; i-- {
		values = append(values, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := Quantile(values, q); got != want {
			t.Errorf("Quantile(1…1000, %v) = %d, want %d", q, got, want)
		}
	}
	if got := Quantile([]int(nil), 0.5); got != 0 {
		t.Errorf("Quantile of nothing = %d, want 0", got)
	}
}
