package handoff

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// crowd is a process with many clients, since one process may not have the
// descriptors of both sides.
type crowd struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// gather starts a process that connects count clients to s.
func gather(t testing.TB, s *service, count int) *crowd {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < uint64(count)+500 {
		t.Skipf("%d open files are allowed", limit.Cur)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=clients")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	c := &crowd{in, bufio.NewReader(out)}
	c.tell(t, fmt.Sprintf("%s %d", s.set.Listeners()[0].Addr(), count))
	return c
}

// get makes every client send a request, and expects the same answer for all.
func (c *crowd) get(t testing.TB, want string) {
	t.Helper()
	c.tell(t, want)
}

func (c *crowd) tell(t testing.TB, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(c.in, line); err != nil {
		t.Fatal(err)
	}
	answer, err := c.out.ReadString('\n')
	if err != nil || answer != "ok\n" {
		t.Fatalf("the clients say %q, error %v", answer, err)
	}
}

// clientsRole is the process with the clients.
func clientsRole() error {
	commands := bufio.NewScanner(os.Stdin)
	var address string
	var count int
	if !commands.Scan() {
		return commands.Err()
	}
	if _, err := fmt.Sscan(commands.Text(), &address, &count); err != nil {
		return err
	}
	conns := make([]net.Conn, count)
	say := func(err error) {
		if err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		fmt.Println("ok")
	}
	say(each(count, func(i int) (err error) {
		conns[i], err = net.Dial("tcp", address)
		return err
	}))
	for commands.Scan() {
		say(each(count, func(i int) error {
			_ = conns[i].SetDeadline(time.Now().Add(patience))
			answer, err := get(conns[i])
			if err == nil && answer != commands.Text() {
				err = fmt.Errorf("answer %q", answer)
			}
			return err
		}))
	}
	return commands.Err()
}

// each calls do for 0 to count-1, some at once, and returns one of the errors.
func each(count int, do func(int) error) error {
	const atOnce = 16
	errs := make(chan error, atOnce)
	var wait sync.WaitGroup
	for first := range atOnce {
		wait.Go(func() {
			for i := first; i < count; i += atOnce {
				if err := do(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	return <-errs
}

// TestTenThousandConnectionsAreParkedAndAdopted parks them in a box whose queue
// is as large as it usually is for a service without privileges.
func TestTenThousandConnectionsAreParkedAndAdopted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const count = 10_000
	var store fdStore
	first := serve(t, open(t, "http"), say("first"))
	all := gather(t, first, count)
	all.get(t, "first")
	box, err := NewBox(store.store)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.shrink(212_992 / 2); err != nil { // the kernel doubles it
		t.Fatal(err)
	}
	began := time.Now()
	parking, err := park(first.set, box)
	if err != nil {
		t.Fatal(err)
	}
	if err := parking.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	outcome, err := parking.Close()
	if outcome != (Outcome{Parked: count}) || err != nil {
		t.Fatalf("%+v, error %v", outcome, err)
	}
	parked := time.Since(began)
	_ = box.Close()
	boxes := store.take(BoxName)
	if len(boxes) != 1 {
		t.Errorf("%d sockets for %d connections", len(boxes), count)
	}
	second := serve(t, open(t, "http"), say("second"))
	began = time.Now()
	mustAdopt(t, second.set, boxes, Adoption{Adopted: count})
	t.Logf("parked in %v, adopted in %v", parked, time.Since(began))
	all.get(t, "second")
}
