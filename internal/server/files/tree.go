// Package files serves a tree of static files over HTTP: nothing outside of
// the tree, no hidden file, no listing; with validators, ranges, precompressed
// siblings and cache lifetimes.
//
// A file name.ext may have siblings name.ext.br and name.ext.gz, which are sent
// to clients that accept the encoding, unless they are older than the file.
package files

import (
	"io"
	"io/fs"
	"sync"
)

// Tree is a folder of files to serve. It may be used concurrently.
type Tree struct {
	open   func(name string) (fs.File, error)
	folder *folder // nil: not one on disk
	spa    bool
	hashes sync.Map // name → ETag of a file that has no time
}

// Open opens the folder at path. Symbolic links inside of it are followed as
// long as they stay inside; outside is called, once for each, with those that do
// not. Another folder that comes to be at path, or a link there that is switched
// to another one, is followed with the next request. With spa, a browser's
// navigation to a path that has no file gets index.html.
func Open(path string, spa bool, outside func(link string)) (*Tree, error) {
	f, err := openFolder(path, outside)
	if err != nil {
		return nil, err
	}
	return &Tree{spa: spa, folder: f, open: f.open}, nil
}

// FromFS makes a Tree of a file system, such as an embed.FS. Its files have to
// be io.Seekers. Files without a modification time are taken to never change;
// one whose FileInfo has a method Polled() bool that returns true is asked for
// again and again, which is not worth a line in the log each time (see Quieter).
func FromFS(fsys fs.FS, spa bool) *Tree {
	return &Tree{open: fsys.Open, spa: spa}
}

// Close releases the folder. No request may be using it.
func (t *Tree) Close() error {
	if t.folder == nil {
		return nil
	}
	return t.folder.close()
}

// follow the path of the tree to the folder that is there now.
func (t *Tree) follow() {
	if t.folder != nil {
		t.folder.follow()
	}
}

// file is an open regular file.
type file struct {
	io.ReadSeeker
	io.Closer
	name string
	info fs.FileInfo
}

// find opens the regular file of a name. It returns a nil file if there is
// none, and tells if there is a folder instead.
func (t *Tree) find(name string) (f *file, folder bool) {
	opened, err := t.open(name)
	if err != nil {
		return nil, false
	}
	info, err := opened.Stat()
	seeker, ok := opened.(io.ReadSeeker)
	if err != nil || !ok || !info.Mode().IsRegular() {
		_ = opened.Close()
		return nil, err == nil && info.IsDir()
	}
	return &file{ReadSeeker: seeker, Closer: opened, name: name, info: info}, false
}
