package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// line is one of a client's connections, and the ones that took its place.
type line struct {
	client *Client
	conn   net.Conn // nil: to be opened for the next request
	reader *bufio.Reader
	result Result
}

func (l *line) run(ctx context.Context, due time.Time, interval time.Duration) {
	for ; ; due = due.Add(interval) {
		begin := due
		if wait := time.Until(due); wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			begin = time.Now() // a late timer is not the server's fault
		} else if ctx.Err() != nil {
			return
		}
		l.request(ctx, begin)
	}
}

func (l *line) request(ctx context.Context, begin time.Time) {
	if l.conn != nil && hungUp(l.conn) {
		l.hangUp()
	}
	if l.conn == nil {
		if err := l.connect(context.WithoutCancel(ctx)); err != nil {
			l.fail(fmt.Errorf("connect: %w", err))
			return
		}
	}
	last, err := l.exchange()
	if err != nil {
		l.fail(err)
	} else {
		l.result.Latencies = append(l.result.Latencies, time.Since(begin))
	}
	if last {
		l.hangUp()
	}
}

func (l *line) fail(err error) {
	l.result.Failed++
	l.result.Failure = err
}

// hangUp counts a connection that the server has ended.
func (l *line) hangUp() {
	l.result.Closed++
	l.conn.Close()
	l.conn = nil
}

func (l *line) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := l.client.Dial(ctx, "tcp", l.client.Address)
	if err != nil {
		return err
	}
	l.conn, l.reader = conn, bufio.NewReader(conn)
	return nil
}

// exchange sends a request and reads the answer. It says whether the connection
// is of no more use after it, because the server said so or because it broke.
func (l *line) exchange() (last bool, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return true, err
	}
	if _, err := fmt.Fprintf(l.conn, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", l.client.Path); err != nil {
		return true, fmt.Errorf("send: %w", err)
	}
	answer, err := http.ReadResponse(l.reader, nil)
	if err != nil {
		return true, fmt.Errorf("answer: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return true, fmt.Errorf("answer's body: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return answer.Close, fmt.Errorf("answer: %s", answer.Status)
	}
	return answer.Close, nil
}

// hungUp says, without waiting, whether an idle connection was closed, or got
// bytes that nobody asked for.
func hungUp(conn net.Conn) bool {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return true
	}
	var peeked error
	controlled := raw.Control(func(fd uintptr) {
		_, _, peeked = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return controlled != nil || !errors.Is(peeked, syscall.EAGAIN)
}
