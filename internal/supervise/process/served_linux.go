package process

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
)

// ServedBy reports whether one of the processes holds the other end of a
// connection. During a replacement the old and the new process accept from one
// queue, and an answer does not say whose it is; the kernel does.
//
// Where it can't be told (a Unix socket, another machine) it is believed.
func ServedBy(conn net.Conn, pids []int) bool {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, ok2 := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 || !local.IP.Equal(remote.IP) {
		return true
	}
	inode, found := peerSocket(local.AddrPort(), remote.AddrPort())
	if !found {
		return false
	}
	target := fmt.Sprintf("socket:[%s]", inode)
	for _, pid := range pids {
		dir := fmt.Sprintf("/proc/%d/fd/", pid)
		fds, _ := os.ReadDir(dir)
		for _, fd := range fds {
			if link, err := os.Readlink(dir + fd.Name()); err == nil && link == target {
				return true
			}
		}
	}
	return false
}

// peerSocket is the inode of the socket at the other end: proc_pid_net(5), tcp.
func peerSocket(local, remote netip.AddrPort) (inode string, found bool) {
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		inode, found = findSocket(file, unmapped(remote), unmapped(local))
		if found {
			return inode, true
		}
	}
	return "", false
}

func findSocket(file string, local, remote netip.AddrPort) (inode string, found bool) {
	table, err := os.Open(file)
	if err != nil {
		return "", false
	}
	defer table.Close()
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 {
			continue
		}
		from, ok := parseEnd(fields[1])
		to, ok2 := parseEnd(fields[2])
		if ok && ok2 && from == local && to == remote {
			return fields[9], fields[9] != "0" // 0: not accepted yet, or closed
		}
	}
	return "", false
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// parseEnd reads "0100007F:1F90": words of four bytes in the machine's order,
// which is little-endian on all that gind is built for, and the port.
func parseEnd(text string) (netip.AddrPort, bool) {
	words, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(words)
	number, err2 := hex.DecodeString(port)
	if err != nil || err2 != nil || len(raw)%4 != 0 || len(number) != 2 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	address, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(address.Unmap(), uint16(number[0])<<8|uint16(number[1])), ok
}
