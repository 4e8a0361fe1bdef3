// Package site is what gind serves until it is told to serve something else: a
// front page that shows the state of the service itself.
//
// It needs nothing from outside (its Content-Security-Policy forbids it), is
// complete without JavaScript, and keeps itself up to date with it.
package site

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"io/fs"
	"time"

	"github.com/gind/gind"
)

//go:embed static/*
var static embed.FS

//go:embed index.html.tmpl
var indexText string

var index = template.Must(template.New("index.html").Parse(indexText))

// Files returns the site as a file system. index.html and status.json are
// written anew each time that they are opened, from what status says then;
// status may be called concurrently.
func Files(status func() gind.Status) fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return site{files, func() view { return viewOf(status(), time.Now()) }}
}

type site struct {
	fs.FS
	view func() view
}

// Open implements fs.FS.
func (s site) Open(name string) (fs.File, error) {
	switch name {
	case "index.html":
		return write(name, func(w io.Writer) error { return index.Execute(w, s.view()) })
	case "status.json":
		return write(name, func(w io.Writer) error { return json.NewEncoder(w).Encode(s.view()) })
	}
	return s.FS.Open(name)
}

func write(name string, content func(io.Writer) error) (fs.File, error) {
	var text bytes.Buffer
	if err := content(&text); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &page{Reader: bytes.NewReader(text.Bytes()), name: name, written: time.Now()}, nil
}

// page is a file that exists only while it is open.
type page struct {
	*bytes.Reader
	name    string
	written time.Time
}

// Stat implements fs.File.
func (p *page) Stat() (fs.FileInfo, error) { return p, nil }

// Close implements fs.File.
func (p *page) Close() error { return nil }

// Name implements fs.FileInfo.
func (p *page) Name() string { return p.name }

// Mode implements fs.FileInfo.
func (p *page) Mode() fs.FileMode { return 0o444 }

// ModTime implements fs.FileInfo.
func (p *page) ModTime() time.Time { return p.written }

// IsDir implements fs.FileInfo.
func (p *page) IsDir() bool { return false }

// Sys implements fs.FileInfo.
func (p *page) Sys() any { return nil }

// Polled keeps the script's questions out of the access log (see
// internal/server/files).
func (p *page) Polled() bool { return p.name == "status.json" }
