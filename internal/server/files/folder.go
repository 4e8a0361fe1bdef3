package files

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// folder is the root of a tree, wherever its path leads at the moment.
type folder struct {
	path    string
	outside func(link string)
	told    sync.Map // the links that outside was called with
	now     atomic.Pointer[root]
	change  sync.Mutex // for another root, and for the end
	closed  bool
}

// root is a folder that is open. Its inode is not given to another one as long
// as that is so.
type root struct {
	*os.Root
	info    fs.FileInfo
	escapes error // what os.Root says of a path that leads out of it
}

func openFolder(path string, outside func(link string)) (*folder, error) {
	r, err := openRoot(path)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, outside: outside}
	f.now.Store(r)
	return f, nil
}

func openRoot(path string) (*root, error) {
	opened, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	info, err := opened.Stat(".")
	if err != nil {
		_ = opened.Close()
		return nil, err
	}
	_, err = opened.Lstat("..")
	return &root{opened, info, cause(err)}, nil
}

// cause is an error without the path that it is about.
func cause(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// follow opens the folder that is at the path now, if it is another one. One that
// is gone or can't be opened leaves everything as it is.
func (f *folder) follow() {
	info, err := os.Stat(f.path)
	if err != nil || os.SameFile(info, f.now.Load().info) {
		return
	}
	f.change.Lock()
	defer f.change.Unlock()
	if f.closed || os.SameFile(info, f.now.Load().info) {
		return
	}
	next, err := openRoot(f.path)
	if err != nil {
		return
	}
	_ = f.now.Swap(next).Close() // once nobody opens a file in it any more
}

func (f *folder) close() error {
	f.change.Lock()
	defer f.change.Unlock()
	f.closed = true
	return f.now.Load().Close()
}

func (f *folder) open(name string) (fs.File, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	for {
		r := f.now.Load()
		// O_NONBLOCK: the open of a FIFO returns instead of waiting for a writer.
		file, err := r.OpenFile(local, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		switch {
		case err == nil:
			return file, nil
		case errors.Is(err, os.ErrClosed) && f.now.Load() != r:
			continue // another request has just followed the path
		case cause(err) == r.escapes: //nolint:errorlint // it is os.Root's own and has no name
			f.tell(r, name)
		}
		return nil, err
	}
}

// tell of the link by which a name leads out of the root, if it is a new one.
func (f *folder) tell(r *root, name string) {
	link := name
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if _, err := r.Stat(name[:i]); err != nil {
			link = name[:i]
			break
		}
	}
	if _, known := f.told.LoadOrStore(link, true); !known && f.outside != nil {
		f.outside(path.Join(strings.TrimSuffix(filepath.ToSlash(f.path), "/"), link))
	}
}
