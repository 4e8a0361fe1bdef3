package handoff

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/gind/gind/internal/listener"
)

// linger is how long a message waits for more connections. Few large messages
// take less room in a queue than many small ones.
const linger = time.Millisecond

// keeper sends connections in batches. It is the set's listener.Keeper.
type keeper struct {
	set *listener.Set
	to  Carrier

	mu      sync.Mutex
	change  sync.Cond
	left    int // room
	queue   []listener.Parked
	closed  bool
	broken  error
	outcome Outcome
	done    chan struct{}
}

func newKeeper(set *listener.Set, to Carrier) *keeper {
	k := &keeper{set: set, to: to, left: to.room(), done: make(chan struct{})}
	k.change.L = &k.mu
	go k.run()
	return k
}

// Reserve implements listener.Keeper.
func (k *keeper) Reserve() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left == 0 || k.closed || k.broken != nil {
		return false
	}
	k.left--
	return true
}

// Release implements listener.Keeper.
func (k *keeper) Release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left++
}

// Keep implements listener.Keeper.
func (k *keeper) Keep(p listener.Parked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		k.outcome.Lost++
		_ = p.Conn.Close()
		return
	}
	k.queue = append(k.queue, p)
	k.change.Signal()
}

func (k *keeper) close() (Outcome, error) {
	k.mu.Lock()
	k.closed = true
	k.change.Signal()
	k.mu.Unlock()
	<-k.done
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.outcome, k.broken
}

func (k *keeper) run() {
	defer close(k.done)
	for {
		batch := k.next()
		if len(batch) == 0 {
			return
		}
		for len(batch) > 0 {
			batch = batch[k.send(batch):]
		}
	}
}

// next waits for connections; there are none when the keeper has been closed.
func (k *keeper) next() []listener.Parked {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.queue) == 0 && !k.closed {
		k.change.Wait()
	}
	if len(k.queue) < maxDescriptors && !k.closed {
		k.mu.Unlock()
		time.Sleep(linger)
		k.mu.Lock()
	}
	batch := k.queue
	k.queue = nil
	return batch
}

// send sends the first of the batch and returns how many they were.
func (k *keeper) send(batch []listener.Parked) int {
	payload, count := encodeConns(batch, batchPayload)
	batch = batch[:count]
	fds, err := descriptors(batch)
	if err == nil {
		err = k.to.send(frame(kindConns, count, payload), fds)
	}
	if err != nil {
		k.giveBack(batch, err)
		return count
	}
	for _, c := range batch {
		_ = c.Conn.Close() // it has a descriptor in the message
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.outcome.Parked += count
	return count
}

// giveBack serves connections here that could not be sent. From now on there is
// room for none, so that their next response will say that it is the last.
func (k *keeper) giveBack(batch []listener.Parked, why error) {
	k.mu.Lock()
	if k.broken == nil {
		k.broken = fmt.Errorf("handoff: send connections: %w", why)
	}
	k.mu.Unlock()
	lost := 0
	for _, c := range batch {
		if k.set.Adopt(c) != nil {
			_ = c.Conn.Close()
			lost++
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.outcome.Lost += lost
}

// descriptors returns the connections' descriptors, which are valid until the
// connections are closed: nobody else has them any more.
func descriptors(conns []listener.Parked) ([]int, error) {
	fds := make([]int, len(conns))
	for i, c := range conns {
		fd, err := descriptor(c.Conn)
		if err != nil {
			return nil, err
		}
		fds[i] = fd
	}
	runtime.KeepAlive(conns)
	return fds, nil
}

func descriptor(c net.Conn) (fd int, err error) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return -1, errors.ErrUnsupported
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return -1, err
	}
	err = raw.Control(func(n uintptr) { fd = int(n) })
	return fd, err
}
