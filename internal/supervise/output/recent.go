package output

import (
	"strings"
	"sync"
)

const (
	recentLines = 50
	recentBytes = 512 // of one line
)

// Recent remembers the last fifty lines of a program, for whoever asks why it
// ended. Several streams may share one; its methods may be called concurrently,
// and do nothing on nil.
type Recent struct {
	mu    sync.Mutex
	lines [recentLines]string
	next  int
}

// add remembers the last of the lines that lie in text.
func (r *Recent) add(text string, lines []line) {
	if r == nil {
		return
	}
	lines = lines[max(0, len(lines)-recentLines):]
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range lines {
		r.lines[r.next] = strings.Clone(cut(text[l.from:l.to], recentBytes))
		r.next = (r.next + 1) % recentLines
	}
}

// Lines are the last lines, the oldest first.
func (r *Recent) Lines() []string {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for i := range recentLines {
		if l := r.lines[(r.next+i)%recentLines]; l != "" {
			lines = append(lines, clean(l))
		}
	}
	return lines
}
