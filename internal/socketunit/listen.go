package socketunit

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Listen is one line of a unit's file that says where to listen, as
// "ListenStream=[::1]:80"; see systemd.socket(5).
type Listen struct{ Key, Value string }

// Listens are the lines that count in files, which are read in their order. An empty
// value takes back all before it. A file that is not there has none.
func Listens(files []string) ([]Listen, error) {
	var all []Listen
	for _, path := range files {
		lines, err := listensIn(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if l.Value == "" {
				all = nil
				continue
			}
			all = append(all, l)
		}
	}
	return all, nil
}

// kinds are the keys that an empty one of takes back.
var kinds = []string{
	"ListenStream", "ListenDatagram", "ListenSequentialPacket", "ListenFIFO", "ListenSpecial", "ListenNetlink",
	"ListenMessageQueue", "ListenUSBFunction",
}

func listensIn(path string) (list []Listen, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	section := ""
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		line := strings.TrimSpace(scanner.Text())
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); ok && section == "[Socket]" && slices.Contains(kinds, key) {
			list = append(list, Listen{key, strings.TrimSpace(value)})
		}
	}
	return list, scanner.Err()
}

// Port that the line names, if it is of TCP.
func (l Listen) Port() (port int, ok bool) {
	if l.Key != "ListenStream" || strings.ContainsAny(l.Value, "/@%") {
		return 0, false
	}
	text := l.Value
	if _, after, err := net.SplitHostPort(l.Value); err == nil {
		text = after
	}
	port, err := strconv.Atoi(text)
	return port, err == nil
}

// At is the line with another port, and the same address. One without a port stays.
func (l Listen) At(port int) Listen {
	if _, ok := l.Port(); !ok {
		return l
	}
	text := strconv.Itoa(port)
	if host, _, err := net.SplitHostPort(l.Value); err == nil {
		text = net.JoinHostPort(host, text)
	}
	return Listen{l.Key, text}
}

// Address is what the line's socket is bound to, for package net.
func (l Listen) Address() string {
	if _, err := strconv.Atoi(l.Value); err == nil {
		return ":" + l.Value
	}
	return l.Value
}

func (l Listen) String() string { return fmt.Sprintf("%s=%s", l.Key, l.Value) }
