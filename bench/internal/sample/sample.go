// Package sample reduces measurements to the figures of a table.
package sample

import (
	"cmp"
	"math"
	"slices"
)

// Number is what a measurement is: a duration, a count, a rate.
type Number interface {
	~int | ~int64 | ~uint64 | ~float64
}

// Median is the middle of the values, the mean of both middles when their
// number is even, and 0 when there are none.
func Median[N Number](values []N) N {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return sorted[middle-1] + (sorted[middle]-sorted[middle-1])/2
}

// Quantile is the least value that the share q (0 to 1) of the values does not
// exceed, and 0 when there are none.
func Quantile[N cmp.Ordered](values []N, q float64) N {
	if len(values) == 0 {
		var none N
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// Ratio is a divided by b, and not a number when b is 0.
func Ratio[N Number](a, b N) float64 { return float64(a) / float64(b) }
