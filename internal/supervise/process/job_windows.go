package process

import (
	"errors"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// job is a Job Object: the processes in it, and all that they start, end with
// it, also when this process dies.
type job struct {
	mu     sync.Mutex
	handle windows.Handle // 0 once closed
}

func newJob() (*job, error) {
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateJobObject", err)
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(handle, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("SetInformationJobObject", err), windows.CloseHandle(handle))
	}
	return &job{handle: handle}, nil
}

// add puts a process into the job.
func (j *job) add(pid int) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return os.NewSyscallError("OpenProcess", err)
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing was written
	return os.NewSyscallError("AssignProcessToJobObject", windows.AssignProcessToJobObject(j.handle, process))
}

func (j *job) terminate() error {
	return j.use(func(h windows.Handle) error {
		return os.NewSyscallError("TerminateJobObject", windows.TerminateJobObject(h, 1))
	})
}

// basicAccounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type basicAccounting struct {
	TotalUserTime, TotalKernelTime, ThisPeriodTotalUserTime, ThisPeriodTotalKernelTime int64
	TotalPageFaultCount, TotalProcesses, ActiveProcesses, TotalTerminatedProcesses     uint32
}

// active is how many processes are in the job.
func (j *job) active() (n uint32, err error) {
	err = j.use(func(h windows.Handle) error {
		var info basicAccounting
		err := windows.QueryInformationJobObject(h, windows.JobObjectBasicAccountingInformation,
			uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
		n = info.ActiveProcesses
		return os.NewSyscallError("QueryInformationJobObject", err)
	})
	return n, err
}

// maxMembers is how many processes of a job are counted singly.
const maxMembers = 1024

// processIDList is JOBOBJECT_BASIC_PROCESS_ID_LIST.
type processIDList struct {
	Assigned, Listed uint32
	IDs              [maxMembers]uintptr
}

// members are the processes in the job, the first thousand if there are more.
func (j *job) members() (pids []int) {
	_ = j.use(func(h windows.Handle) error {
		var list processIDList
		err := windows.QueryInformationJobObject(h, windows.JobObjectBasicProcessIdList,
			uintptr(unsafe.Pointer(&list)), uint32(unsafe.Sizeof(list)), nil)
		if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
			return err
		}
		for _, id := range list.IDs[:min(list.Listed, maxMembers)] {
			pids = append(pids, int(id))
		}
		return nil
	})
	return pids
}

func (j *job) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.handle == 0 {
		return nil
	}
	h := j.handle
	j.handle = 0
	return windows.CloseHandle(h)
}

// use calls f with the handle, unless the job is closed.
func (j *job) use(f func(windows.Handle) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.handle == 0 {
		return nil
	}
	return f(j.handle)
}

// resume lets the only thread of a process run that was started suspended.
// Package os does not give its handle away.
func resume(pid int) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return os.NewSyscallError("CreateToolhelp32Snapshot", err)
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // nothing was written

	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID == uint32(pid) {
			return resumeThread(entry.ThreadID)
		}
	}
	return os.NewSyscallError("Thread32Next", err)
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return os.NewSyscallError("OpenThread", err)
	}
	defer windows.CloseHandle(thread) //nolint:errcheck // nothing was written
	_, err = windows.ResumeThread(thread)
	return os.NewSyscallError("ResumeThread", err)
}
