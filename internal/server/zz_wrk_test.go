package server

import (
	"io"
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

func TestZZWrk(t *testing.T) {
	if os.Getenv("WRK") == "" {
		t.Skip()
	}
	hello := func(c *gin.Context) { c.String(200, "hello world") }
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/users/:id", hello)
	l1, _ := net.Listen("tcp", "127.0.0.1:0")
	go http.Serve(l1, e)
	mk := func(lg *slog.Logger, access bool) string {
		s, err := New(Options{Logger: lg, Live: Limits{HandlerTimeout: 30 * time.Second, MaxBody: 1 << 20, AccessLog: access}})
		if err != nil {
			t.Fatal(err)
		}
		s.Engine().GET("/users/:id", hello)
		l2, _ := net.Listen("tcp", "127.0.0.1:0")
		go s.Serve("http", l2, nil)
		return l2.Addr().String()
	}
	addrs := map[string]string{
		"bare":      l1.Addr().String(),
		"chain":     mk(slog.New(slog.DiscardHandler), false),
		"chain+log": mk(slog.New(slog.NewJSONHandler(io.Discard, nil)), true),
	}
	res := map[string][]float64{}
	re := regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	for i := 0; i < 7; i++ {
		for _, n := range []string{"bare", "chain", "chain+log"} {
			out, err := exec.Command("wrk", "-t1", "-c64", "-d2s", "http://"+addrs[n]+"/users/42").CombinedOutput()
			if err != nil {
				t.Fatal(err, string(out))
			}
			v, _ := strconv.ParseFloat(re.FindStringSubmatch(string(out))[1], 64)
			res[n] = append(res[n], v)
		}
	}
	for n, v := range res {
		sort.Float64s(v)
		t.Log(n, v[len(v)/2], v)
	}
}
