package serving

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/gind/gind/internal/listener"
)

// Probe asks every listener of the service whether it answers. What it answers does
// not matter here: a service that says "not now" to everybody, for maintenance or
// because it has too much to do, is alive.
func (s *Serving) Probe(ctx context.Context) error {
	_, err := s.Ask(ctx)
	return err
}

// Ask asks every listener of the service, each over a new connection, as a client
// would, and returns the worst of the answers. The error is that there was none.
func (s *Serving) Ask(ctx context.Context) (worst Answer, err error) {
	for _, l := range s.Requests() {
		answer, err := s.ask(ctx, l, dialer(l.Addr()))
		if err != nil {
			return Answer{}, fmt.Errorf("listener %s: %w", l.Name(), err)
		}
		worst = worst.orWorse(answer)
	}
	return worst, nil
}

// ask a listener through the whole chain and the application's own middleware: an
// event loop that still ticks is not a service that still serves.
func (s *Serving) ask(ctx context.Context, l *listener.Listener, dial dial) (Answer, error) {
	scheme := "http"
	if l.TLS() {
		scheme = "https"
	}
	target := scheme + "://probe.invalid" + s.Server.ThroughPath()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return Answer{}, errNoRequest
	}
	request.Host = "localhost"
	request.Header.Set("User-Agent", "gind-probe")
	response, err := probeClient(dial).Do(request)
	if err != nil {
		return Answer{}, withoutURL(err)
	}
	defer response.Body.Close()
	return readAnswer(response)
}

// errNoRequest does not say what it was made of.
var errNoRequest = errors.New("the probe's request can't be made")

// withoutURL takes the path out of an error: no client may know it.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return fmt.Errorf("the probe: %w", of.Err)
	}
	return err
}

// readAnswer reads a response to its end: one that breaks off is none.
func readAnswer(response *http.Response) (Answer, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxText))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("the probe's answer: %w", err)
	}
	return Answer{Status: response.StatusCode, Text: strings.TrimSpace(string(text))}, nil
}

// dial connects to the one thing that is asked.
type dial func(context.Context) (net.Conn, error)

// probeClient connects by dial whatever the URL says.
func probeClient(dial dial) *http.Client {
	transport := &http.Transport{
		DisableKeepAlives: true,
		// It asks itself, by address: there is no name to hold against the certificate.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialer connects to a listener's address, or to the next of those by which it can
// be reached where there is no way to the one before.
func dialer(to net.Addr) dial {
	return func(ctx context.Context) (conn net.Conn, err error) {
		var dialer net.Dialer
		for _, address := range reachable(to) {
			conn, err = dialer.DialContext(ctx, to.Network(), address)
			if err == nil || ctx.Err() != nil || errors.Is(err, syscall.ECONNREFUSED) {
				break // there is a way, whoever is at its end
			}
		}
		return conn, err
	}
}

// reachable are the addresses to connect to: loopback for a listener on all
// addresses. One for both families is asked over IPv4 where IPv6 is turned off
// (net.ipv6.conf.all.disable_ipv6), which leaves the socket as it is.
func reachable(addr net.Addr) []string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return []string{addr.String()}
	}
	loopbacks := []net.IP{net.IPv6loopback, net.IPv4(127, 0, 0, 1)}
	if tcp.IP.To4() != nil {
		loopbacks = loopbacks[1:]
	}
	var all []string
	for _, loopback := range loopbacks {
		all = append(all, (&net.TCPAddr{IP: loopback, Port: tcp.Port}).String())
	}
	return all
}
