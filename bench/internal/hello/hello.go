// Package hello is the application that every contender serves.
package hello

import (
	"io"
	"net/http"
	"os"
	"strconv"
)

// Text is the answer to every request.
const Text = "hello\n"

// Handler answers with Text.
var Handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, Text)
})

// WritePID writes the process's id to a file, for systemd's PIDFile= to read
// when the process before this one has ended.
func WritePID(path string) error {
	return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}
