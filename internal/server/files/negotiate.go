package files

import (
	"slices"
	"strconv"
	"strings"
)

// suffixes of the precompressed siblings, by content coding.
var suffixes = map[string]string{"br": ".br", "gzip": ".gz"}

type weighted struct {
	coding string
	q      float64
}

// acceptedEncodings returns the codings that we may send, the best first; ""
// is the file as it is (RFC 9110, 12.5.3). It ends with "" at the latest: a
// client that refuses even that gets it all the same, as there is nothing else.
func acceptedEncodings(header []string) []string {
	if len(header) == 0 {
		return []string{""}
	}
	q := parseAcceptEncoding(header)
	candidates := make([]weighted, 0, 3)
	for _, coding := range []string{"br", "gzip"} { // the smaller first
		if w, ok := weight(q, coding); ok && w > 0 {
			candidates = append(candidates, weighted{coding, w})
		}
	}
	identity, ok := weight(q, "identity")
	if !ok || identity == 0 {
		identity = -1 // acceptable, but after everything that is named
	}
	candidates = append(candidates, weighted{"", identity})
	slices.SortStableFunc(candidates, func(a, b weighted) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		}
		return 0
	})
	order := make([]string, len(candidates))
	for i, c := range candidates {
		order[i] = c.coding
	}
	return order
}

func parseAcceptEncoding(header []string) []weighted {
	var list []weighted
	for _, value := range header {
		for part := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "x-gzip" {
				name = "gzip"
			}
			if name != "" {
				list = append(list, weighted{name, quality(params)})
			}
		}
	}
	return list
}

// weight returns the weight of a coding: its own, or that of "*".
func weight(list []weighted, coding string) (float64, bool) {
	star, found := 0.0, false
	for _, w := range list {
		if w.coding == coding {
			return w.q, true
		}
		if w.coding == "*" && coding != "identity" {
			star, found = w.q, true
		}
	}
	return star, found
}

func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q < 0 || q > 1 {
			return 0 // not a weight: do not send what is doubtful
		}
		return q
	}
	return 1
}
