package sockets

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

// accepted counts the connections that a socket gets.
func accepted(t *testing.T, f *os.File) <-chan net.Conn {
	t.Helper()
	l, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan net.Conn, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			got <- c
		}
	}()
	return got
}

func TestATwinGetsTheConnectionsThatItShould(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0", "0.0.0.0:0"} {
		t.Run(address, func(t *testing.T) {
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Skip(err)
			}
			target := l.Addr().String()
			f, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			first := accepted(t, f)
			twin, err := newTwin(f, false)
			if err != nil {
				t.Fatal(err)
			}
			second := accepted(t, twin.file)
			dial := func(d *net.Dialer) {
				t.Helper()
				c, err := d.Dial("tcp", target)
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
			}
			want := func(ones, twos int) {
				t.Helper()
				until(t, fmt.Sprintf("%d connections at the first, %d at the second", ones, twos), func() bool {
					return len(first) == ones && len(second) == twos
				})
			}
			for range 50 {
				dial(&net.Dialer{})
			}
			want(50, 0)
			for range 10 {
				d, err := twin.dialer()
				if err != nil {
					t.Fatal(err)
				}
				dial(d)
				dial(&net.Dialer{})
			}
			want(60, 10)
			if err := twin.takeOver(); err != nil {
				t.Fatal(err)
			}
			for range 50 {
				dial(&net.Dialer{})
			}
			want(60, 60)
		})
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
