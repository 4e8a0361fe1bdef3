package serving

import (
	"fmt"
	"net/http"
	"strings"
)

// Answer is what a probe was answered.
type Answer struct {
	Status int
	Text   string // the beginning of the body
}

// maxText is how much of a body is kept.
const maxText = 1024

// orWorse is the answer with the higher status.
func (a Answer) orWorse(b Answer) Answer {
	if b.Status > a.Status {
		return b
	}
	return a
}

// String is an answer in one line.
func (a Answer) String() string {
	line := fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
	text, _, _ := strings.Cut(a.Text, "\n")
	if text == "" {
		return line
	}
	return line + ": " + strings.TrimSpace(text)
}
