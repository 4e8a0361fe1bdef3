package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sort"
	"strconv"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func TestZZBi(t *testing.T) {
	if os.Getenv("WRK") == "" {
		t.Skip()
	}
	hello := func(c *gin.Context) { c.String(200, "hello world") }
	gin.SetMode(gin.ReleaseMode)
	mkbare := func(hdr bool) http.Handler {
		e := gin.New()
		e.GET("/users/:id", func(c *gin.Context) {
			if hdr {
				c.Writer.Header()["X-Request-Id"] = []string{newRequestID()}
			}
			hello(c)
		})
		return e
	}
	addrs := map[string]string{}
	var names []string
	add := func(name string, srv *http.Server) {
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		go srv.Serve(l)
		addrs[name] = l.Addr().String()
		names = append(names, name)
	}
	add("bare", &http.Server{Handler: mkbare(false)})
	to := func(h http.Handler) *http.Server {
		return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	}
	add("timeouts", to(mkbare(false)))
	add("header", &http.Server{Handler: mkbare(true)})
	var cs connections
	add("connstate", &http.Server{Handler: mkbare(false), ConnState: func(c net.Conn, s http.ConnState) { cs.note(c, s) }})
	add("withctx", &http.Server{Handler: http.HandlerFunc(func(h http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			x := &exchange{}
			x.limit(r.Context(), time.Now(), time.Second)
			h.ServeHTTP(w, r.WithContext(x))
		}
	}(mkbare(false)))})
	s, err := New(Options{Logger: slog.New(slog.DiscardHandler), Live: Limits{HandlerTimeout: 30 * time.Second, MaxBody: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	s.Engine().GET("/users/:id", hello)
	add("chain", s.h1)
	addl := func(name string, srv *http.Server) {
		l, _ := net.Listen("tcp", "127.0.0.1:0")
		go srv.Serve(&lazyL{Listener: l})
		addrs[name] = l.Addr().String()
		names = append(names, name)
	}
	addl("chain-lazy", s.h1)
	s2, _ := New(Options{Logger: slog.New(nothing{}), Live: Limits{HandlerTimeout: 30 * time.Second, MaxBody: 1 << 20, AccessLog: true}})
	s2.Engine().GET("/users/:id", hello)
	addl("chain-rec-lazy", s2.h1)
	addl("bare-lazy", &http.Server{Handler: mkbare(false)})
	add("chain-notimeouts", &http.Server{Handler: s, ConnState: s.h1.ConnState, ConnContext: s.h1.ConnContext})
	add("chain-only", &http.Server{Handler: s})
	_ = context.Background
	res := map[string][]float64{}
	re := regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	for i := 0; i < 10; i++ {
		for _, n := range names {
			out, err := exec.Command("wrk", "-t1", "-c64", "-d1s", "http://"+addrs[n]+"/users/42").CombinedOutput()
			if err != nil {
				t.Fatal(err, string(out))
			}
			v, _ := strconv.ParseFloat(re.FindStringSubmatch(string(out))[1], 64)
			res[n] = append(res[n], v)
		}
	}
	base := 0.0
	for _, n := range names {
		v := res[n]
		sort.Float64s(v)
		if base == 0 {
			base = v[len(v)/2]
		}
		t.Logf("%-20s %.3f median %.0f max %.0f", n, v[len(v)/2]/base, v[len(v)/2], v[len(v)-1])
	}
}
