package files

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// small is the size, in bytes, up to which a file is read whole and written at
// once. That is fewer system calls than sendfile(2) needs, which pays for larger
// ones.
const small = 16 << 10

var buffers = sync.Pool{New: func() any { return new([small]byte) }}

// serveContent leaves conditions and ranges to net/http.
func serveContent(w http.ResponseWriter, r *http.Request, f *file, encoded bool) {
	body := &bodyWriter{ResponseWriter: w, encoded: encoded, size: f.info.Size()}
	if body.size > small {
		// As it is: an *os.File can be sent by the kernel.
		http.ServeContent(body, r, "", f.info.ModTime(), f.ReadSeeker)
		return
	}
	buffer := buffers.Get().(*[small]byte) //nolint:forcetypeassert // nothing else is put
	defer buffers.Put(buffer)
	n, err := io.ReadFull(f, buffer[:body.size])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	body.size = int64(n) // it may have become shorter
	http.ServeContent(body, r, "", f.info.ModTime(), bytes.NewReader(buffer[:n]))
}

// bodyWriter announces the length of an encoded file, which http.ServeContent
// leaves out because of handlers that compress on the fly, and takes the short
// way for a small one.
type bodyWriter struct {
	http.ResponseWriter
	encoded bool
	size    int64
}

// WriteHeader implements http.ResponseWriter.
func (b *bodyWriter) WriteHeader(status int) {
	if b.encoded && status == http.StatusOK {
		b.Header().Set("Content-Length", strconv.FormatInt(b.size, 10))
	}
	b.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (b *bodyWriter) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// ReadFrom is what http.ServeContent's copy comes to.
func (b *bodyWriter) ReadFrom(src io.Reader) (int64, error) {
	if limited, ok := src.(*io.LimitedReader); ok {
		if rest, ok := limited.R.(*bytes.Reader); ok && limited.N >= int64(rest.Len()) {
			return rest.WriteTo(b.ResponseWriter)
		}
	}
	return io.Copy(b.ResponseWriter, src)
}
