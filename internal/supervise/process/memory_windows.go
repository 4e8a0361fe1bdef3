package process

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var getProcessMemoryInfo = kernel32.NewProc("K32GetProcessMemoryInfo")

// memoryCounters is PROCESS_MEMORY_COUNTERS.
type memoryCounters struct {
	Size, PageFaults                                             uint32
	PeakWorkingSet, WorkingSet                                   uintptr
	QuotaPeakPaged, QuotaPaged, QuotaPeakNonPaged, QuotaNonPaged uintptr
	Pagefile, PeakPagefile                                       uintptr
}

// workingSet is what a process has in memory, in bytes, with what it shares with
// others; 0 if it has ended.
func workingSet(pid int) uint64 {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return 0
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing was written
	counters := memoryCounters{Size: uint32(unsafe.Sizeof(memoryCounters{}))}
	done, _, _ := getProcessMemoryInfo.Call(uintptr(process), uintptr(unsafe.Pointer(&counters)), uintptr(counters.Size))
	if done == 0 {
		return 0
	}
	return uint64(counters.WorkingSet)
}
