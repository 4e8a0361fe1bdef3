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
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// Tree is a folder of files to serve. It may be used concurrently.
type Tree struct {
	open   func(name string) (fs.File, error)
	close  func() error
	spa    bool
	hashes sync.Map // name → ETag of a file that has no time
}

// Open opens the folder at path. Symbolic links inside of it are followed as
// long as they stay inside. With spa, a browser's navigation to a path that has
// no file gets index.html.
func Open(path string, spa bool) (*Tree, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Tree{
		spa:   spa,
		close: root.Close,
		open: func(name string) (fs.File, error) {
			local, err := filepath.Localize(name)
			if err != nil {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			// O_NONBLOCK: the open of a FIFO returns instead of waiting for a writer.
			return root.OpenFile(local, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		},
	}, nil
}

// FromFS makes a Tree of a file system, such as an embed.FS. Its files have to
// be io.Seekers. Files without a modification time are taken to never change;
// one whose FileInfo has a method Polled() bool that returns true is asked for
// again and again, which is not worth a line in the log each time (see Quieter).
func FromFS(fsys fs.FS, spa bool) *Tree {
	return &Tree{open: fsys.Open, close: func() error { return nil }, spa: spa}
}

// Close releases the folder. No request may be using it.
func (t *Tree) Close() error { return t.close() }

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
