package probe

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHTTPJudgesStatusAndBody(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"state": "up"}`) })
	mux.HandleFunc("/teapot", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", maxHTTPBody)+"needle")
	})
	mux.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != secret || r.Header.Get("X-Token") != "t" || r.Host != "other" || r.Method != http.MethodPut {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	withPassword := strings.Replace(s.URL, "http://", "http://me:"+secret+"@", 1)
	tests := []struct {
		o    HTTPOptions
		want string // in the error; "" passes
	}{
		{HTTPOptions{URL: s.URL + "/ok"}, ""},
		{HTTPOptions{URL: s.URL + "/ok", Body: `"state":\s*"up"`}, ""},
		{HTTPOptions{URL: s.URL + "/ok", Body: "down"}, `does not match "down"`},
		{HTTPOptions{URL: s.URL + "/long", Body: "needle"}, "does not match"},
		{HTTPOptions{URL: s.URL + "/teapot"}, "answered 418 I'm a teapot"},
		{HTTPOptions{URL: s.URL + "/teapot", Status: []int{200, 418}}, ""},
		{HTTPOptions{URL: s.URL + "/ok", Status: []int{204}}, "answered 200 OK"},
		{HTTPOptions{URL: s.URL + "/moved"}, "answered 302 Found"},
		{HTTPOptions{URL: s.URL + "/moved", Status: []int{302}}, ""},
		{HTTPOptions{URL: s.URL + "/none?token=" + secret}, "answered 404 Not Found"},
		{HTTPOptions{URL: "http://me:" + secret + "@127.0.0.1:" + freePort(t) + "/?token=" + secret}, "refused"},
		{HTTPOptions{URL: withPassword + "/me", Method: "PUT", Header: map[string]string{"X-Token": "t", "host": "other"}}, ""},
		{HTTPOptions{URL: withPassword + "/me"}, "answered 403"},
	}
	for _, tt := range tests {
		err := ask(t, built(t)(HTTP(tt.o)))
		if tt.want == "" {
			passes(t, tt.o.URL, err)
			continue
		}
		fails(t, tt.o.URL, err, tt.want)
	}
}

func TestHTTPOverAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.NotFoundHandler()}
	t.Cleanup(func() { _ = s.Close() })
	go func() { _ = s.Serve(l) }()
	passes(t, "socket", ask(t, built(t)(HTTP(HTTPOptions{URL: "http://gind/x", Socket: path, Status: []int{404}}))))
}

// tlsServer is an HTTPS server with a certificate of its own for localhost.
func tlsServer(t *testing.T, validFor time.Duration) (url, ca string) {
	t.Helper()
	cert, key := certificate(t, t.TempDir(), validFor)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), ErrorLog: discard}
	t.Cleanup(func() { _ = s.Close() })
	go func() { _ = s.ServeTLS(l, cert, key) }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "https://localhost:" + port, cert
}

func TestHTTPSVerifiesCertificatesAndTheirValidity(t *testing.T) {
	const day = 24 * time.Hour
	url, ca := tlsServer(t, 10*day)
	byIP := strings.Replace(url, "localhost", "127.0.0.1", 1)
	expired, expiredCA := tlsServer(t, -time.Minute)
	tests := []struct {
		o    HTTPOptions
		want string
	}{
		{HTTPOptions{URL: url}, "unknown authority"},
		{HTTPOptions{URL: url, TLS: TLS{CA: ca}}, ""},
		{HTTPOptions{URL: byIP, TLS: TLS{CA: ca}}, ""},
		{HTTPOptions{URL: url, TLS: TLS{CA: ca, ServerName: "example.org"}}, "not example.org"},
		{HTTPOptions{URL: url, TLS: TLS{Insecure: true}}, ""},
		{HTTPOptions{URL: url, TLS: TLS{CA: ca}, MinValidity: 9 * day}, ""},
		{HTTPOptions{URL: url, TLS: TLS{CA: ca}, MinValidity: 14 * day}, `the certificate of "localhost" ends at 20`},
		{HTTPOptions{URL: url, TLS: TLS{Insecure: true}, MinValidity: 14 * day}, "in less than 336h"},
		{HTTPOptions{URL: expired, TLS: TLS{CA: expiredCA}}, "expired"},
	}
	for _, tt := range tests {
		err := ask(t, built(t)(HTTP(tt.o)))
		if tt.want == "" {
			passes(t, tt.o.URL, err)
			continue
		}
		fails(t, tt.o.URL, err, tt.want)
	}
}
