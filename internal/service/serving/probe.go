package serving

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gind/gind/internal/listener"
)

// Probe asks every listener of the service whether it answers.
func (s *Serving) Probe(ctx context.Context) error {
	for _, l := range s.Requests() {
		if err := s.probe(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// probe asks a listener of the service itself, over a new connection, as a
// client would, and through the application's own middleware. An event loop that
// still ticks is not a service that still serves. Anything but an answer that
// says "I can't" (5xx) is an answer.
func (s *Serving) probe(ctx context.Context, l *listener.Listener) error {
	url := "http://probe.invalid" + s.Server.ThroughPath()
	if l.TLS() {
		url = "https" + strings.TrimPrefix(url, "http")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Host = "localhost"
	request.Header.Set("User-Agent", "gind-probe")
	response, err := probeClient(l.Addr()).Do(request)
	if err != nil {
		return fmt.Errorf("listener %s: %w", l.Name(), err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		reason, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
		return fmt.Errorf("listener %s: the probe was answered %s: %s", l.Name(), response.Status, reason)
	}
	return nil
}

// probeClient connects to one address whatever the URL says.
func probeClient(to net.Addr) *http.Client {
	transport := &http.Transport{
		DisableKeepAlives: true,
		// It asks itself, by address: there is no name to hold against the certificate.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, to.Network(), reachable(to))
		},
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reachable is an address to connect to: loopback for a listener on all addresses.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	loopback := net.IPv6loopback
	if tcp.IP.To4() != nil {
		loopback = net.IPv4(127, 0, 0, 1)
	}
	return (&net.TCPAddr{IP: loopback, Port: tcp.Port}).String()
}
