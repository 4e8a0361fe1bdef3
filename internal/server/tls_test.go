package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// startTLS serves with HTTP/2 until the test ends.
func startTLS(t *testing.T, o Options, routes func(*gin.Engine)) *service {
	t.Helper()
	s := prepare(t, o, routes)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve("https", l, &tls.Config{Certificates: []tls.Certificate{certificate()}}) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	s.addr = l.Addr().String()
	s.url = "https://" + s.addr
	return s
}

// tlsClient counts the connections that it makes.
type tlsClient struct {
	http.Client
	dials atomic.Int32
}

func newTLSClient(http2 bool) *tlsClient {
	c := &tlsClient{}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	c.Transport = &http.Transport{
		Protocols:       protocols,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c.dials.Add(1)
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		},
	}
	return c
}

func (c *tlsClient) get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestTLSSpeaksHTTP2AndHTTP1(t *testing.T) {
	t.Parallel()
	s := startTLS(t, Options{Live: Limits{MaxBody: 10}}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, c.Request.Proto) })
		e.GET("/panic", func(*gin.Context) { panic("oops") })
		e.POST("/", func(c *gin.Context) { _, _ = io.ReadAll(c.Request.Body) })
	})
	for http2, want := range map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"} {
		client := newTLSClient(http2)
		for range 3 {
			if _, body := client.get(t, s.url); body != want {
				t.Errorf("GET /: got %q, want %s", body, want)
			}
			if resp, _ := client.get(t, s.url+"/panic"); resp.StatusCode != http.StatusInternalServerError {
				t.Errorf("GET /panic by %s: got %d, want 500", want, resp.StatusCode)
			}
		}
		if n := client.dials.Load(); n != 1 {
			t.Errorf("%s: %d connections, want one that is kept", want, n)
		}
		for _, body := range []io.Reader{strings.NewReader("more than ten bytes"), io.MultiReader(strings.NewReader("more than ten bytes"))} {
			resp, err := client.Post(s.url, "text/plain", body)
			if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Fatalf("POST of more than ten bytes by %s: got %s (error %v), want 413", want, answerOf(resp, ""), err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		client.CloseIdleConnections()
	}
	eventually(t, "the connections are closed", func() bool { return s.Stats().Connections == 0 })
}

func TestFrozenHTTP2ConnectionsGetGOAWAYAndStreamsFinish(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := startTLS(t, Options{}, func(e *gin.Engine) {
		e.GET("/wait", g.handler)
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	idle, busy := newTLSClient(true), newTLSClient(true)
	idle.get(t, s.url)
	answer := make(chan string, 1)
	go func() {
		_, body := busy.get(t, s.url+"/wait")
		answer <- body
	}()
	<-g.arrived
	s.LastCall()
	// A client that got GOAWAY makes a new connection for its next request. As
	// the listener is still open here, that one is served as well, and told the
	// same at once.
	eventually(t, "the idle connection is gone", func() bool { return s.Stats().Connections == 1 })
	for i := range 2 {
		resp, body := idle.get(t, s.url)
		if body != "ok" || resp.ProtoMajor != 2 {
			t.Errorf("after GOAWAY: got %s by HTTP/%d, want \"ok\" by HTTP/2", answerOf(resp, body), resp.ProtoMajor)
		}
		eventually(t, "the client left", func() bool { return s.Stats().Connections == 1 })
		if n := idle.dials.Load(); n != int32(2+i) {
			t.Errorf("%d connections after %d requests, want one for each", n, 2+i)
		}
	}
	close(g.open)
	if body := <-answer; body != "done" {
		t.Errorf("the stream under way got %q, want \"done\"", body)
	}
	if err := s.Wait(within(t, 5*time.Second)); err != nil {
		t.Errorf("Wait: %v", err)
	}
}

func TestFrozenHTTP1OverTLSIsToldToClose(t *testing.T) {
	s := startTLS(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	client := newTLSClient(false)
	client.get(t, s.url)
	s.LastCall()
	if resp, body := client.get(t, s.url); body != "ok" || !resp.Close {
		t.Errorf("GET / when frozen: got %s, want \"ok\" and a closed connection", answerOf(resp, body))
	}
}

func TestTLSNoiseIsNoError(t *testing.T) {
	s := startTLS(t, Options{}, nil)
	for _, hello := range []string{"GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01garbage garbage garbage", ""} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, hello)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.ReadAll(conn)
		conn.Close()
	}
	s.log.await(t, slog.LevelDebug, 3)
	if n := len(s.log.all()); n != 3 {
		t.Errorf("got %d records, want 3 at debug: %v", n, s.log.all())
	}
}
