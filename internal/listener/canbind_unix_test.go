//go:build unix

package listener

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

func TestWhetherAnAddressCanBeHadIsKnownWithoutListening(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	freed := free.Addr().String()
	_ = free.Close()
	for address, want := range map[string]error{
		fmt.Sprintf("127.0.0.1:%d", port): syscall.EADDRINUSE,
		fmt.Sprintf(":%d", port):          syscall.EADDRINUSE,
		fmt.Sprintf("localhost:%d", port): syscall.EADDRINUSE,
		fmt.Sprintf("127.0.0.2:%d", port): nil,
		"192.0.2.1:8080":                  syscall.EADDRNOTAVAIL,
		freed:                             nil,
		":0":                              nil,
		"unix:/nowhere/socket":            nil,
	} {
		if err := CanBind(address); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	again, err := net.Listen("tcp", freed)
	if err != nil {
		t.Fatalf("an address that was asked about can't be had: %v", err)
	}
	_ = again.Close()
}
