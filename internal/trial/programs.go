package trial

import (
	"fmt"
	"os"
	"path/filepath"
)

// Programs are those of one service, as one of its processes sees them.
type Programs struct {
	// Link is what the unit starts. Beside it stand the record of a trial, and another
	// link, "before". Empty: there is no place for one.
	Link string
	// Kept is where a package keeps the program before.
	Kept string
	// Running is the path that the program of this process had, and Runs reports whether
	// a path leads to that file now, and whether there is one.
	Running string
	Runs    func(path string) (same, exists bool)
}

// Linked reports whether there is a link.
func (p Programs) Linked() bool {
	info, err := os.Lstat(p.Link)
	return p.Link != "" && err == nil && info.Mode().Type() == os.ModeSymlink
}

// Next is the program that a start runs, or nothing if there is no link.
func (p Programs) Next() string { return target(p.Link) }

// Back is the program that was in service before: while this process is on trial, what
// its crash would start; else what an upgrade has left, or a package. Empty if there is
// none.
func (p Programs) Back(onTrial *Trial) string {
	if !p.Linked() {
		return ""
	}
	if onTrial != nil {
		return p.Next()
	}
	for _, path := range []string{target(p.beside("before")), p.Kept} {
		if same, _ := p.Runs(path); !same && isProgram(path) {
			return path
		}
	}
	return ""
}

// fallback is what a crash of the next program is to start: the one that runs, if it has
// proven itself and can be had, else the last that had.
func (p Programs) fallback(program string, onTrial *Trial) string {
	next := p.Next()
	if onTrial != nil {
		return next // a package may have put it elsewhere since the trial has begun
	}
	for _, path := range []string{next, p.Running, p.Kept} {
		if same, _ := p.Runs(path); same && path != p.Link {
			return path
		}
	}
	if isProgram(next) && !isSame(next, program) {
		return next
	}
	return ""
}

// choose what a start runs. It outlives a power cut.
func (p Programs) choose(program string) error {
	if err := point(p.Link, program); err != nil {
		return fmt.Errorf("trial: the link %s: %w", p.Link, err)
	}
	return nil
}

func (p Programs) beside(name string) string { return filepath.Join(filepath.Dir(p.Link), name) }

// target of a link, or nothing.
func target(link string) string {
	path, err := os.Readlink(link)
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(link), path)
	}
	return path
}

// point a link to a program, whatever stood there: at no time there is none.
func point(link, program string) error {
	fresh := link + ".new"
	if err := os.Remove(fresh); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Symlink(program, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, link); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(link))
}

// syncFolder has a folder on disk, where the platform can.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}

// isProgram reports whether a path leads to a file that may be executed.
func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// stampOf tells a file from another that takes its place: it was written at another time.
func stampOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d bytes, %d", info.Size(), info.ModTime().UnixNano())
}

// isSame reports whether two paths lead to one file.
func isSame(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
