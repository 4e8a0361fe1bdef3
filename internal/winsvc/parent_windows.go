package winsvc

import (
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// isOfServiceManager reports whether the service manager is this process's parent, by its
// name. svc.IsWindowsService wants it in session 0 as well, where it is not in a container
// (dotnet/runtime#74188), nor under Wine.
func isOfServiceManager() bool {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return false
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	parent, names := uint32(0), map[uint32]string{}
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		names[entry.ProcessID] = windows.UTF16ToString(entry.ExeFile[:])
		if entry.ProcessID == uint32(os.Getpid()) {
			parent = entry.ParentProcessID
		}
	}
	return strings.EqualFold(names[parent], "services.exe")
}
