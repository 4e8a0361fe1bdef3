package unit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Manager is an error unless systemd is what started this process, and listens to it:
// what else may be its parent takes the end of this process for that of the service,
// whoever has followed it. The error says what to do instead.
func Manager() error {
	return manager(process{
		id: os.Getpid(), parent: os.Getppid(), proc: "/proc", booted: "/run/systemd/system", env: os.Getenv,
	})
}

// process is what there is to see of a process that wants to know its manager.
type process struct {
	id, parent   int
	proc, booted string // folders
	env          func(string) string
}

var (
	errFirst = errors.New("this process is process 1 of a container, which ends with it: start a container of the new program instead")
	errDeaf  = errors.New("systemd would not learn of the successor ($NOTIFY_SOCKET is not set): restart the unit instead, or give it Type=notify")
)

func manager(p process) error {
	switch {
	case p.id == 1:
		return errFirst
	case p.isSupervised():
		return errors.New(`"gind supervise" would take the end of this process for a crash: use "gind supervise replace" instead`)
	case !p.isOfSystemd():
		return fmt.Errorf("%s started this process and would not know the successor: have it stop and start the service instead", p.parentsName())
	case p.env("NOTIFY_SOCKET") == "":
		return errDeaf
	}
	return nil
}

// isOfSystemd reports whether the parent is systemd, that of the system or of a user.
// A unit may be kept from seeing other users' processes.
func (p process) isOfSystemd() bool {
	name := p.name()
	if name == "systemd" || p.env("SYSTEMD_EXEC_PID") == strconv.Itoa(p.id) && p.env("NOTIFY_SOCKET") != "" {
		return true
	}
	if p.parent != 1 {
		return false
	}
	_, err := os.Stat(p.booted) // as sd_booted(3) does
	return err == nil || name == "" && p.env("NOTIFY_SOCKET") != ""
}

func (p process) isSupervised() bool {
	args := bytes.Split(p.read("cmdline"), []byte{0})
	if len(args) < 2 {
		return false
	}
	return slices.ContainsFunc(args[1:], func(arg []byte) bool { return string(arg) == "supervise" })
}

func (p process) parentsName() string {
	if name := p.name(); name != "" {
		return fmt.Sprintf("%s (process %d)", name, p.parent)
	}
	return "something that is not systemd"
}

// name of the parent, or nothing if that is not to be seen.
func (p process) name() string { return strings.TrimSpace(string(p.read("comm"))) }

func (p process) read(file string) []byte {
	text, err := os.ReadFile(p.proc + "/" + strconv.Itoa(p.parent) + "/" + file)
	if err != nil {
		return nil
	}
	return text
}
