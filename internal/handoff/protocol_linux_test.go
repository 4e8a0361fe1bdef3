package handoff

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// fakeProcess is a successor in a goroutine.
type fakeProcess struct{ done chan struct{} }

func (p *fakeProcess) pid() int               { return 42 }
func (p *fakeProcess) kill()                  {}
func (p *fakeProcess) ended() <-chan struct{} { return p.done }
func (p *fakeProcess) status() string         { return "exit status 9" }

// pretend makes a starter of what a successor does with its control socket.
func pretend(do func(*channel)) starter {
	return func(_ Command, control, _ *os.File) (process, error) {
		var store fdStore // which duplicates
		if err := store.store("control", control); err != nil {
			return nil, err
		}
		end, err := openChannel(store.take("control")[0])
		if err != nil {
			return nil, err
		}
		p := &fakeProcess{make(chan struct{})}
		go func() {
			defer close(p.done)
			defer func() { _ = end.close() }()
			do(end)
		}()
		return p, nil
	}
}

func TestSuccessorsThatDoNotKeepToTheProtocol(t *testing.T) {
	future := frame(kindReady, 0, nil)
	future[4] = 2
	cases := map[string]struct {
		do   func(*channel)
		text string
	}{
		"newer version": {sending(future), "version 2 of the upgrade protocol, this release 1"},
		"wrong frame":   {sending(frame(kindDone, 0, nil)), "a frame of kind 6"},
		"garbage":       {sending([]byte("HTTP/1.1 200 OK\r\n")), "not the beginning of a frame"},
		"half a frame":  {sending(future[:7]), "exit status 9"},
		"hangs up":      {func(*channel) {}, "exit status 9"},
		"not UTF-8":     {sending(frame(kindFailed, 0, []byte("bad \xff byte"))), "bad \uFFFD byte"},
	}
	set := open(t, "http")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_, err := upgrade(ctx, Command{}, set, pretend(c.do))
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, want %q", err, c.text)
			}
		})
	}
}

// sending receives the sockets, sends b and waits to be hung up on.
func sending(b []byte) func(*channel) {
	return func(end *channel) {
		m, err := end.receive()
		if err != nil {
			return
		}
		m.close()
		_ = end.send(b, nil, time.Second)
		if len(b) >= headerSize {
			_, _ = end.receive()
		}
	}
}
