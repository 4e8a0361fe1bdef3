package winsvc

import "golang.org/x/sys/windows"

var setConsoleCtrlHandler = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetConsoleCtrlHandler")

// outliveLogoff keeps the runtime from making a SIGTERM of what every service hears when
// somebody logs off, and of the shutdown that comes as a control as well. The newest
// handler is asked first.
func outliveLogoff() {
	_, _, _ = setConsoleCtrlHandler.Call(windows.NewCallback(func(event uint32) uintptr {
		if event == windows.CTRL_LOGOFF_EVENT || event == windows.CTRL_SHUTDOWN_EVENT {
			return 1
		}
		return 0
	}), 1)
}
