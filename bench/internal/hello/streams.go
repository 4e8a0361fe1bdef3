package hello

import (
	"io"
	"net/http"
	"time"
)

// Streams are what lasts: Server-Sent Events that never end, a protocol that takes the
// connection over as WebSocket does, and an answer that comes after "for". None looks
// whether the server stops.
var Streams = map[string]http.HandlerFunc{"/events": events, "/socket": socket, "/slow": slow}

func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, "data: "+Text+"\n"); err != nil || out.Flush() != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func socket(w http.ResponseWriter, _ *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if err == nil {
		_, _ = io.Copy(conn, buffered)
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	wait, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(wait):
		_, _ = io.WriteString(w, Text)
	case <-r.Context().Done():
	}
}
