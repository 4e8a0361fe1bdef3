package probe

import "golang.org/x/sys/windows"

func usageOf(path string) (usage, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return usage{}, err
	}
	var u usage
	err = windows.GetDiskFreeSpaceEx(name, &u.free, &u.bytes, nil)
	return u, err
}
