package files

import (
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
)

// types are the media types of the web's usual files. The system's own table
// comes after it, so that a site is the same on every machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json",
	".webmanifest": "application/manifest+json",
	".xml":         "text/xml; charset=utf-8", ".rss": "application/rss+xml", ".atom": "application/atom+xml",
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".wasm": "application/wasm", ".pdf": "application/pdf",
	".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav",
	".zip": "application/zip", ".gz": "application/gzip", ".br": "application/octet-stream",
	".tar": "application/x-tar", ".deb": "application/vnd.debian.binary-package", ".rpm": "application/x-rpm",
}

const (
	typeText   = "text/plain; charset=utf-8"
	typeBinary = "application/octet-stream"
)

// contentType returns the media type of f: by its extension, else text or
// binary by its first bytes. Content alone never makes a file active.
func contentType(f *file) string {
	ext := strings.ToLower(path.Ext(f.name))
	if t := types[ext]; t != "" {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	var head [512]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return typeBinary
	}
	if strings.HasPrefix(http.DetectContentType(head[:n]), "text/") {
		return typeText
	}
	return typeBinary
}

// compressible tells whether files of a type are worth a precompressed sibling.
func compressible(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	switch t {
	case "image/svg+xml", "image/x-icon", "font/ttf", "font/otf",
		"application/json", "application/manifest+json", "application/wasm",
		"application/rss+xml", "application/atom+xml", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(t, "text/")
}
