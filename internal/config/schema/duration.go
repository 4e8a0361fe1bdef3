package schema

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads what time.ParseDuration reads, and 0.
func parseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q has no unit (write %ss)", text, text)
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return 0, fmt.Errorf("%q: days are written as hours (write %dh)", text, n*24)
		}
	}
	return 0, fmt.Errorf("%q is not a duration (write 500ms, 5s, 2m or 1h30m)", text)
}

// FormatDuration is a duration as a file has it: "2h" where Duration.String has "2h0m0s".
func FormatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
