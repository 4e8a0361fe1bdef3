package document

import (
	"fmt"
	"strings"
)

// Suggest is a hint at the known word that looks most like another.
func Suggest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, candidate := range known {
		if d := EditDistance(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// Misspelt finds the known word that another seems to be meant for: two letters
// differ at most, or the end is missing.
func Misspelt(word string, known []string) (meant string, ok bool) {
	for _, candidate := range known {
		if word != candidate && (strings.HasPrefix(candidate, word) || EditDistance(word, candidate) <= 2) {
			return candidate, true
		}
	}
	return "", false
}

// EditDistance of Levenshtein, for words of a reasonable length.
func EditDistance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
