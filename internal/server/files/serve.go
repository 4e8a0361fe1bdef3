package files

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Outcome is what Serve did.
type Outcome int

const (
	// NotFound means that there is no file. Nothing was written.
	NotFound Outcome = iota
	// Served means that the response is written.
	Served
	// BadPath means that the path can only be an attack or a mistake. Nothing was written.
	BadPath
	// BadMethod means that there is a file, which can only be read. Nothing was written.
	BadMethod
)

const (
	indexName    = "index.html"
	notFoundName = "404.html"
)

// Serve answers r with the file of its path.
func (t *Tree) Serve(w http.ResponseWriter, r *http.Request) Outcome {
	name, slash, bad, hidden := localName(r.URL)
	if bad {
		return BadPath
	}
	if hidden {
		return NotFound
	}
	t.follow()
	f, redirect := t.resolve(name, slash)
	if f == nil && !redirect && t.spa && navigation(r) {
		f, _ = t.find(indexName)
	}
	if f != nil {
		defer f.Close()
	}
	switch {
	case f == nil && !redirect:
		return NotFound
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return BadMethod
	case redirect:
		redirectToFolder(w, r)
	default:
		t.send(w, r, f, http.StatusOK)
	}
	return Served
}

// ServeNotFound answers with the tree's 404.html, if it has one.
func (t *Tree) ServeNotFound(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	f, _ := t.find(notFoundName)
	if f == nil {
		return false
	}
	defer f.Close()
	t.send(w, r, f, http.StatusNotFound)
	return true
}

// resolve finds the file of a name: the file itself, or the index of a folder.
// A folder that is asked for without a slash is redirected to, if it has one,
// so that relative links in its index work.
func (t *Tree) resolve(name string, slash bool) (f *file, redirect bool) {
	if !slash {
		f, folder := t.find(name)
		if !folder {
			return f, false
		}
	}
	f, _ = t.find(path.Join(name, indexName))
	if f == nil || slash {
		return f, false
	}
	f.Close()
	return nil, true
}

// navigation tells whether a browser asks for a page, not for a part of one.
func navigation(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// redirectToFolder adds the missing slash. The target is relative, so that it
// is right behind a proxy that takes away a prefix too, and "./" keeps it from
// being read as a scheme or a host.
func redirectToFolder(w http.ResponseWriter, r *http.Request) {
	target := url.URL{Path: "./" + path.Base(r.URL.Path) + "/", RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", target.String())
	w.Header().Set("Cache-Control", cacheRevalidate)
	w.WriteHeader(http.StatusMovedPermanently)
}
