package handoff

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// lastWords keeps the end of what a successor writes to its standard error
// until it has its own: a loader's complaint, a panic.
type lastWords struct {
	pipe *os.File
	read chan struct{} // closed when nothing more comes
	mu   sync.Mutex
	tail []byte
}

// wordsKept is how many bytes of them are kept.
const wordsKept = 2048

// wordsTimeout is far longer than it takes to read what is in a pipe.
const wordsTimeout = 200 * time.Millisecond

func listenForWords() (*lastWords, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	words := &lastWords{pipe: r, read: make(chan struct{})}
	go func() {
		defer close(words.read)
		_, _ = io.Copy(words, r)
		_ = r.Close()
	}()
	return words, w, nil
}

// Write implements io.Writer.
func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = append(l.tail, p...)
	if excess := len(l.tail) - wordsKept; excess > 0 {
		l.tail = append(l.tail[:0], l.tail[excess:]...)
	}
	return len(p), nil
}

// last returns them when the process has ended. Its children may live on with
// the pipe, and are not waited for.
func (l *lastWords) last() string {
	select {
	case <-l.read:
	case <-time.After(wordsTimeout):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(l.tail), "\uFFFD"))
}

// mute ends the listening.
func (l *lastWords) mute() { _ = l.pipe.Close() }
