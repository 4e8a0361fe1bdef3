package files

import (
	"cmp"
	"io"
	"net/http"
	"path"
	"strings"
)

// types are the media types of the usual files. There is no other table: those of
// machines differ, and a site is the same on each.
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
	".xhtml": "application/xhtml+xml", ".jsonld": "application/ld+json", ".geojson": "application/geo+json",
	".yaml": "application/yaml", ".yml": "application/yaml", ".toml": "application/toml", ".ics": "text/calendar; charset=utf-8",
	".vcf": "text/vcard; charset=utf-8", ".vtt": "text/vtt; charset=utf-8", ".log": typeText,
	".apng": "image/apng", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic", ".jxl": "image/jxl",
	".eot": "application/vnd.ms-fontobject", ".gltf": "model/gltf+json", ".glb": "model/gltf-binary",
	".m4v": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/matroska", ".ogv": "video/ogg", ".avi": "video/x-msvideo",
	".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml", ".m4s": "video/iso.segment",
	".m4a": "audio/mp4", ".aac": "audio/aac", ".flac": "audio/flac", ".oga": "audio/ogg", ".opus": "audio/ogg", ".weba": "audio/webm",
	".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
	".odp": "application/vnd.oasis.opendocument.presentation", ".epub": "application/epub+zip", ".rtf": "application/rtf",
	".bz2": "application/x-bzip2", ".xz": "application/x-xz", ".zst": "application/zstd", ".7z": "application/x-7z-compressed",
	".jar": "application/java-archive", ".apk": "application/vnd.android.package-archive", ".sql": "application/sql",
	".tar": "application/x-tar", ".deb": "application/vnd.debian.binary-package", ".rpm": "application/x-rpm",
}

// binaryTypes are of extensions that texts have too, and then say nothing: .ts is a
// stream of MPEG, or TypeScript.
var binaryTypes = map[string]string{".ts": "video/mp2t"}

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
	var head [512]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return typeBinary
	}
	if strings.HasPrefix(http.DetectContentType(head[:n]), "text/") {
		return typeText
	}
	return cmp.Or(binaryTypes[ext], typeBinary)
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
