package sdnotify

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxName is the longest name of a stored descriptor: sd_notify(3), FDNAME=.
const maxName = 255

// StoreFD gives a duplicate of f to the manager's file descriptor store, which
// hands it to the next start of the service under name (see [Inherited]). f
// stays open and untouched here. See https://systemd.io/FILE_DESCRIPTOR_STORE/.
//
// FDPOLL=0 goes with it: the manager keeps the descriptor even after its other
// end has been closed, until [Notifier.RemoveFD].
//
// A nil error means the message was sent. The manager does not answer: it
// ignores the message if FileDescriptorStoreMax= is 0, the store is full, or
// its version is older than 246 and knows no FDPOLL. Where f must have arrived
// before the process ends, call [Notifier.Barrier].
func (n *Notifier) StoreFD(name string, f *os.File) error {
	if err := checkName(name); err != nil {
		return err
	}
	return withDescriptor(f, func(fd int) error {
		return n.send("FDSTORE=1\nFDPOLL=0\nFDNAME="+name+"\n", fd)
	})
}

// RemoveFD removes every descriptor of that name from the file descriptor
// store. A name that is not in it is no error.
func (n *Notifier) RemoveFD(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return n.notify("FDSTOREREMOVE=1", "FDNAME="+name)
}

// Barrier waits until the manager has processed every notification sent
// before, for at most timeout. A process that stores a descriptor or names a
// new main process and then exits calls it in between.
func (n *Notifier) Barrier(timeout time.Duration) error {
	if !n.Enabled() {
		return nil
	}
	return barrier(n, timeout)
}

// FDStoreMax is how many descriptors the manager will store for this service.
// It is not known before systemd 254, which sets no $FDSTORE, nor outside systemd.
func FDStoreMax() (limit int, known bool) {
	limit, err := strconv.Atoi(os.Getenv("FDSTORE"))
	if err != nil || limit < 0 {
		return 0, false
	}
	return limit, true
}

func checkName(name string) error {
	bad := func(r rune) bool { return r < ' ' || r > '~' || r == ':' }
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("sdnotify: FDNAME %q: 1 to %d printable ASCII characters without a colon are needed", name, maxName)
	}
	return nil
}

// withDescriptor lends f's descriptor to use. Unlike f.Fd it leaves the
// descriptor non-blocking, for f may be a socket in service.
func withDescriptor(f *os.File, use func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("sdnotify: descriptor of %s: %w", f.Name(), err)
	}
	var used error
	if err := raw.Control(func(fd uintptr) { used = use(int(fd)) }); err != nil {
		return fmt.Errorf("sdnotify: descriptor of %s: %w", f.Name(), err)
	}
	return used
}
