package control

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"strconv"
	"syscall"
)

// Caller is the process at the other end of the socket, as the kernel knows
// it: SO_PEERCRED of unix(7), taken when it connected.
type Caller struct {
	UID  int    // -1 where the platform does not tell
	PID  int    // 0 where the platform does not tell
	User string // name of UID, if it has one
}

// unknown is a caller on a platform, or a socket, that does not tell.
var unknown = Caller{UID: -1}

// String is such as "root (uid 0, pid 4711)", for the journal.
func (c Caller) String() string {
	if c.UID < 0 {
		return "an unknown user"
	}
	name := c.User
	if name == "" {
		name = "an unnamed user"
	}
	if c.PID <= 0 {
		return fmt.Sprintf("%s (uid %d)", name, c.UID)
	}
	return fmt.Sprintf("%s (uid %d, pid %d)", name, c.UID, c.PID)
}

type callerKey struct{}

// withCaller is an http.Server's ConnContext.
func withCaller(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, peerOf(c))
}

func peerOf(c net.Conn) Caller {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return unknown
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return unknown
	}
	caller := unknown
	if err := raw.Control(func(fd uintptr) { caller = peer(fd) }); err != nil {
		return unknown
	}
	return caller
}

// callerOf is the caller with its name, which is looked up only here: it may
// take a while, and withCaller runs between two connections.
func callerOf(ctx context.Context) Caller {
	caller, ok := ctx.Value(callerKey{}).(Caller)
	if !ok {
		return unknown
	}
	if caller.UID < 0 {
		return caller
	}
	if u, err := user.LookupId(strconv.Itoa(caller.UID)); err == nil {
		caller.User = u.Username
	}
	return caller
}
