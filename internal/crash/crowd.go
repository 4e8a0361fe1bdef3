package crash

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Crowds says where goroutines are, a line for each place, that with most of them
// first, at most so many lines: "412 at main.go:57 main.work". Goroutines that are
// nowhere in the program itself are not counted.
func Crowds(text string, most int) string {
	counts := map[string]int{}
	for _, s := range stacks(text) {
		if place := s.at(); place != "" {
			counts[place]++
		}
	}
	places := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var lines []string
	for _, place := range places[:min(len(places), most)] {
		lines = append(lines, fmt.Sprintf("%d at %s", counts[place], place))
	}
	return strings.Join(lines, "\n")
}
