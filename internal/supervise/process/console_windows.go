package process

import (
	"os"
	"sync"

	"golang.org/x/sys/windows"
)

var (
	kernel32         = windows.NewLazySystemDLL("kernel32.dll")
	allocConsole     = kernel32.NewProc("AllocConsole")
	getConsoleWindow = kernel32.NewProc("GetConsoleWindow")
	showWindow       = windows.NewLazySystemDLL("user32.dll").NewProc("ShowWindow")
)

// haveConsole gives this process a console, unless it has one: Ctrl-Break reaches
// only who is on the console of the one who sends it. What runs as a service, or
// as a task of nobody who is logged on, has none.
var haveConsole = sync.OnceValue(func() error {
	if _, err := windows.GetConsoleCP(); err == nil {
		return nil
	}
	return keepingStandardHandles(func() error {
		if done, _, err := allocConsole.Call(); done == 0 {
			return os.NewSyscallError("AllocConsole", err)
		}
		if window, _, _ := getConsoleWindow.Call(); window != 0 {
			_, _, _ = showWindow.Call(window, windows.SW_HIDE) // nobody is to look at it
		}
		return nil
	})
})

// keepingStandardHandles undoes that a new console takes the place of the standard
// handles, which the runtime writes a panic to.
func keepingStandardHandles(do func() error) error {
	var before [3]windows.Handle
	ids := [3]uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE}
	for i, id := range ids {
		before[i], _ = windows.GetStdHandle(id)
	}
	err := do()
	for i, id := range ids {
		if before[i] != 0 && before[i] != windows.InvalidHandle {
			_ = windows.SetStdHandle(id, before[i])
		}
	}
	return err
}
