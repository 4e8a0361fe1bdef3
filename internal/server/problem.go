package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// problemDetails is an error response for programs (RFC 9457).
type problemDetails struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// problem answers with an error: as RFC 9457 JSON if the client asks for JSON,
// else as one line of text. What the handler had announced about another
// content is taken back.
func (x *exchange) problem(status int, detail string) {
	h := x.Header()
	for _, name := range []string{
		"Content-Encoding", "Content-Range", "Content-Disposition", "Content-Language",
		"Etag", "Last-Modified", "Cache-Control", "Expires", "Accept-Ranges",
	} {
		delete(h, name)
	}
	body := problemText(status, detail)
	contentType := "text/plain; charset=utf-8"
	if wantsJSON(x.request.Header) {
		body = problemJSON(problemDetails{
			Type:      "about:blank",
			Title:     http.StatusText(status),
			Status:    status,
			Detail:    detail,
			RequestID: x.id,
		})
		contentType = "application/problem+json"
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	x.WriteHeader(status)
	if x.method != http.MethodHead {
		_, _ = x.Write(body)
	}
}

func problemText(status int, detail string) []byte {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	if detail != "" {
		text += ": " + detail
	}
	return []byte(text + "\n")
}

func problemJSON(p problemDetails) []byte {
	body, err := json.Marshal(p)
	if err != nil { // strings and a number: cannot happen
		return problemText(p.Status, p.Detail)
	}
	return append(body, '\n')
}

// wantsJSON tells whether a client names a JSON type among those it accepts.
func wantsJSON(h http.Header) bool { return accepts(h, "application/json", "application/problem+json") }

// wantsHTML tells whether a client names HTML, as browsers do when they navigate.
func wantsHTML(h http.Header) bool { return accepts(h, "text/html", "application/xhtml+xml") }

// accepts tells whether one of the types is named in the Accept header, with a
// weight above 0. Wildcards do not count: every program sends them.
func accepts(h http.Header, types ...string) bool {
	for _, value := range h["Accept"] {
		for part := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(part, ";")
			for _, t := range types {
				if strings.EqualFold(strings.TrimSpace(name), t) && !refused(params) {
					return true
				}
			}
		}
	}
	return false
}

// refused tells whether the parameters of a media range have the weight 0.
func refused(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err == nil && q == 0
		}
	}
	return false
}
