package control

import "golang.org/x/sys/unix"

func peer(fd uintptr) Caller {
	cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return unknown
	}
	return Caller{UID: int(cred.Uid), PID: int(cred.Pid)}
}
