package files

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
)

// send writes f, or the sibling of it that suits the client best.
func (t *Tree) send(w http.ResponseWriter, r *http.Request, f *file, status int) {
	h := w.Header()
	h.Set("Content-Type", contentType(f))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheControl(f.name))
	if q, ok := w.(Quieter); ok && f.polled() {
		q.Quiet()
	}
	encoding := ""
	if compressible(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
		if sibling, e := t.sibling(f, r.Header["Accept-Encoding"]); sibling != nil {
			defer sibling.Close()
			f, encoding = sibling, e
			h.Set("Content-Encoding", e)
		}
	}
	if status != http.StatusOK {
		sendAll(w, r, f, status)
		return
	}
	etag, err := t.etag(f, encoding)
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	h.Set("Etag", etag)
	if e, ok := w.(Expecter); ok {
		e.ExpectBody(f.info.Size())
	}
	serveContent(w, r, f, encoding != "")
}

// sendAll writes f under a status other than 200, where conditions and ranges
// have no meaning.
func sendAll(w http.ResponseWriter, r *http.Request, f *file, status int) {
	w.Header().Set("Content-Length", strconv.FormatInt(f.info.Size(), 10))
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f.ReadSeeker)
	}
}

// sibling opens the precompressed form of f that the client likes best.
func (t *Tree) sibling(f *file, accept []string) (*file, string) {
	for _, e := range acceptedEncodings(accept) {
		if e == "" {
			return nil, ""
		}
		s, _ := t.find(f.name + suffixes[e])
		if s == nil {
			continue
		}
		if s.info.ModTime().Before(f.info.ModTime()) {
			s.Close() // of an older version of f
			continue
		}
		return s, e
	}
	return nil, ""
}

// etag returns a strong validator: size and time of a file on disk, which is
// what nginx and Caddy take; the hash of an embedded file, which has no time.
func (t *Tree) etag(f *file, encoding string) (string, error) {
	if encoding != "" {
		encoding = "-" + encoding
	}
	if modified := f.info.ModTime(); !modified.IsZero() {
		b := make([]byte, 0, 48)
		b = append(b, '"')
		b = strconv.AppendInt(b, modified.UnixNano(), 36)
		b = append(b, '-')
		b = strconv.AppendInt(b, f.info.Size(), 36)
		b = append(b, encoding...)
		return string(append(b, '"')), nil
	}
	if known, ok := t.hashes.Load(f.name); ok {
		return known.(string), nil //nolint:forcetypeassert // nothing else is stored
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	etag := `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + encoding + `"`
	t.hashes.Store(f.name, etag)
	return etag, nil
}

// Expecter is a response writer that wants to know the size of the body, in
// bytes, before it is written.
type Expecter interface{ ExpectBody(size int64) }

// Quieter is a response writer that can be told that its request is not worth
// a line in the log.
type Quieter interface{ Quiet() }

// polled tells whether a file is one that pages ask for again and again.
func (f *file) polled() bool {
	p, ok := f.info.(interface{ Polled() bool })
	return ok && p.Polled()
}
