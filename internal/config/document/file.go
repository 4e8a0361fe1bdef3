package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gind/gind/value"
)

// ReadFile reads a file that has to be regular and not too large. /dev/null is
// taken as an empty one, as systemd does. A pipe would make a reload wait for its
// other end.
func ReadFile(path string) ([]byte, fs.FileMode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case path == os.DevNull || info.Mode()&fs.ModeCharDevice != 0 && os.SameFile(info, devNull()):
		return nil, 0, nil
	case info.IsDir():
		return nil, 0, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, 0, errors.New("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("it is larger than %s", value.Bytes(maxFile))
	}
	return content, info.Mode(), err
}

func devNull() fs.FileInfo {
	info, _ := os.Stat(os.DevNull)
	return info
}

// Cause is an error without the path, which stands before it already.
func Cause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
