package port

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// holders are the processes that have a listening TCP socket of a port open, as far as
// they can be seen (proc(5)).
func holders(port int) []int {
	inodes := append(listening("/proc/net/tcp", port), listening("/proc/net/tcp6", port)...)
	if len(inodes) == 0 {
		return nil
	}
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !slices.Contains(inodes, target) {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err == nil && !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// stateListen is how /proc/net/tcp says that a socket listens.
const stateListen = "0A"

// listening are the sockets of a port in a table of the kernel's, each as /proc/PID/fd has it.
func listening(table string, port int) (inodes []string) {
	file, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		column := strings.Fields(lines.Text())
		if len(column) < 10 || column[3] != stateListen {
			continue
		}
		_, text, _ := strings.Cut(column[1], ":")
		if n, err := strconv.ParseUint(text, 16, 16); err == nil && int(n) == port {
			inodes = append(inodes, "socket:["+column[9]+"]")
		}
	}
	return inodes
}

// By says who listens on a port, as far as it can be seen: " by nginx (process 12)".
func By(port int) string {
	pids := holders(port)
	if len(pids) == 0 {
		return ""
	}
	return fmt.Sprintf(" by %s (process %d)", nameOf(pids[0]), pids[0])
}

func nameOf(pid int) string {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return "a program"
	}
	return strings.TrimSpace(string(name))
}
