package supervise

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/internal/supervise/process"
)

// prober asks c once whether it works. Beside another process, the answer must
// be c's own, though that listens on the same address.
type prober func(ctx context.Context, p *plan, c child, other *beside) error

// probe is the prober for real programs.
func probe(ctx context.Context, p *plan, c child, other *beside) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Probe.Timeout, fmt.Errorf("no answer within %v", p.Probe.Timeout))
	defer cancel()
	var err error
	if p.Probe.HTTP != "" {
		err = probeHTTP(ctx, p.Probe, c, other)
	} else {
		err = probeCommand(ctx, p, c)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

var errElsewhere = errors.New("answered by another process")

// probeHTTP gets the URL on a connection of its own.
func probeHTTP(ctx context.Context, p Probe, c child, other *beside) error {
	var conn net.Conn
	transport := &http.Transport{
		// The question is whether it answers, not who it is.
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if p.Address != "" {
				network, address = "tcp", p.Address
			}
			if path, ok := strings.CutPrefix(address, "unix:"); ok {
				network, address = "unix", path
			}
			dialer := &net.Dialer{}
			var err error
			if other != nil && network != "unix" {
				dialer, err = other.twins.Dialer(address)
			}
			if err != nil {
				return nil, err
			}
			conn, err = dialer.DialContext(ctx, network, address)
			return conn, err
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.HTTP, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "gind-supervise")
	response, err := transport.RoundTrip(request) // a redirect is an answer
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode < 200 || response.StatusCode >= 400 {
		return fmt.Errorf("GET %s: %s", p.HTTP, response.Status)
	}
	if other != nil && !process.ServedBy(conn, c.Members()) {
		return errElsewhere
	}
	return nil
}

// probeCommand runs the command as the program is run. What is left of it when
// the time is up is killed.
func probeCommand(ctx context.Context, p *plan, c child) error {
	command := p.command
	command.Name += "-probe"
	command.Args = p.Probe.Command
	command.Env = append(command.Env[:len(command.Env):len(command.Env)], "MAINPID="+strconv.Itoa(c.PID()))
	path, err := process.Find(command.Args[0], p.Directory, command.Env)
	if err != nil {
		return err
	}
	command.Path = path
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	command.Stdout, command.Stderr = w, w
	run, err := process.Start(command)
	w.Close()
	if err != nil {
		return err
	}
	said := make(chan string, 1)
	go func() { said <- lastLine(r) }()
	select {
	case <-run.Done():
	case <-ctx.Done():
	}
	if err := run.KillAll(); err != nil {
		return err
	}
	<-run.Done()
	_ = r.SetReadDeadline(time.Now().Add(100 * time.Millisecond)) // if somebody else holds the pipe
	text := <-said
	if exit := run.Exit(); !exit.Success() {
		return fmt.Errorf("%s: %v: %s", p.Probe.Command[0], exit, text)
	}
	return nil
}

// lastLine reads to the end and returns the last line, of what is not too much.
func lastLine(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, 4<<10))
	_, _ = io.Copy(io.Discard, r)
	text = bytes.TrimSpace(text)
	text = text[bytes.LastIndexByte(text, '\n')+1:]
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
