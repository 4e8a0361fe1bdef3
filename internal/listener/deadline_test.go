package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// clockedConn notes the deadlines that are applied to it.
type clockedConn struct {
	net.Conn
	mu    sync.Mutex
	reads []time.Time
}

func (c *clockedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.reads = append(c.reads, t)
	c.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

func clockedPipe() (*Conn, *clockedConn, net.Conn) {
	set := New()
	peer, near := net.Pipe()
	raw := &clockedConn{Conn: near}
	return set.track(&Conn{raw: raw, listener: &Listener{set: set}}), raw, peer
}

func TestReadDeadlineIsAppliedOnceARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, raw, peer := clockedPipe()
		defer func() { _ = errors.Join(peer.Close(), c.Close()) }()
		now := time.Now()
		for i := range 5 {
			_ = c.SetReadDeadline(now.Add(time.Duration(5-i) * time.Second))
		}
		if _, err := c.Read(make([]byte, 4096)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(now) != time.Second {
			t.Errorf("%v after %v", err, time.Since(now))
		}
		if want := []time.Time{now.Add(time.Second)}; !slices.Equal(raw.reads, want) {
			t.Errorf("applied: %v, want %v", raw.reads, want)
		}
	})
}

func TestReadDeadlineReachesReadsThatAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := clockedPipe()
		defer func() { _ = errors.Join(peer.Close(), c.Close()) }()
		failed := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.Read(make([]byte, 1))
				failed <- err
			}()
		}
		synctest.Wait()
		go func() { _, _ = peer.Write([]byte("x")) }()
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(longAgo) // one of them still waits
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestWriteDeadlineIsAppliedWhereItMatters: a shorter one, none, and one that has passed.
func TestWriteDeadlineIsAppliedWhereItMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := clockedPipe()
		defer func() { _ = errors.Join(peer.Close(), c.Close()) }()
		for _, limit := range []time.Duration{time.Minute, time.Second, -time.Second, time.Minute} {
			began := time.Now()
			_ = c.SetWriteDeadline(began.Add(limit))
			_, err := c.Write([]byte("x"))
			if took := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || took < max(limit, 0) || took > max(limit, 0) {
				t.Errorf("limit %v: %v after %v", limit, err, took)
			}
		}
		_ = c.SetWriteDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			_, _ = io.ReadFull(peer, make([]byte, 1))
		}()
		if _, err := c.Write([]byte("x")); err != nil {
			t.Error(err)
		}
	})
}
