package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

const (
	maxHTTPHeader = 64 << 10  // bytes of an answer's header
	maxHTTPBody   = 256 << 10 // bytes of an answer's body that are looked at
)

// HTTPOptions of [HTTP].
type HTTPOptions struct {
	// URL with scheme http or https.
	URL string

	// Method is GET by default.
	Method string

	// Header is sent along; "Host" replaces the URL's.
	Header map[string]string

	// Status are the codes that pass, by default 200 to 299. A redirect is not
	// followed: it passes only if its code is among them.
	Status []int

	// Body is a regular expression (RE2) that the first 256 KiB of the body
	// have to match. Empty: the body is not read.
	Body string

	// Socket is the path of a Unix socket to connect to instead of the URL's host.
	Socket string

	// TLS verification, for https.
	TLS TLS

	// MinValidity is how long the certificates that the server sent have to be
	// valid yet, for https. 0: until now is enough.
	MinValidity time.Duration
}

// HTTP passes when the URL answers as the options want it. Neither a proxy
// from the environment nor cookies are used.
func HTTP(o HTTPOptions) (Func, error) {
	p, err := newHTTP(o)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return p.run, nil
}

type httpProbe struct {
	HTTPOptions
	client *http.Client
	body   *regexp.Regexp
}

func newHTTP(o HTTPOptions) (*httpProbe, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be parsed") // its text may hold a password
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the URL is neither http:// nor https:// with a host")
	}
	if u.Scheme == "http" && o.MinValidity > 0 {
		return nil, errors.New("a certificate's validity needs an https:// URL")
	}
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	p := &httpProbe{HTTPOptions: o}
	if p.client, err = o.client(u.Hostname()); err != nil {
		return nil, err
	}
	if o.Body != "" {
		if p.body, err = regexp.Compile(o.Body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	_, err = p.request(context.Background())
	return p, err
}

func (o HTTPOptions) client(host string) (*http.Client, error) {
	config, err := o.TLS.config(host)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DisableKeepAlives:      true,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHTTPHeader,
		TLSClientConfig:        config,
	}
	if o.Socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", o.Socket)
		}
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func (p *httpProbe) request(ctx context.Context) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, p.Method, p.URL, http.NoBody)
	if err != nil {
		return nil, withoutURL(err)
	}
	r.Header.Set("User-Agent", "gind-health")
	for name, value := range p.Header {
		r.Header.Set(name, value)
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	return r, nil
}

func (p *httpProbe) run(ctx context.Context) error {
	r, err := p.request(ctx)
	if err != nil {
		return err
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if !p.passes(resp.StatusCode) {
		return fmt.Errorf("answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	if err := p.validity(resp.TLS); err != nil {
		return err
	}
	return p.match(resp.Body)
}

func (p *httpProbe) passes(status int) bool {
	if len(p.Status) == 0 {
		return status >= 200 && status <= 299
	}
	return slices.Contains(p.Status, status)
}

func (p *httpProbe) validity(state *tls.ConnectionState) error {
	if p.MinValidity <= 0 || state == nil {
		return nil
	}
	for _, cert := range state.PeerCertificates {
		if time.Until(cert.NotAfter) < p.MinValidity {
			return fmt.Errorf("the certificate of %q ends at %s, in less than %v",
				cert.Subject.CommonName, cert.NotAfter.UTC().Format(time.RFC3339), p.MinValidity)
		}
	}
	return nil
}

func (p *httpProbe) match(body io.Reader) error {
	if p.body == nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(body, maxHTTPBody))
	if err != nil {
		return fmt.Errorf("the answer's body: %w", err)
	}
	if !p.body.Match(text) {
		return fmt.Errorf("the answer's body does not match %q", p.Body)
	}
	return nil
}

// withoutURL drops the URL from an error of net/http: it may hold a token, and
// who reads the error knows which check it is.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
