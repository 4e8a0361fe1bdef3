package server

import (
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func TestZZProf(t *testing.T) {
	if os.Getenv("PROF") == "" {
		t.Skip()
	}
	s, err := New(Options{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), Live: Limits{HandlerTimeout: 30 * time.Second, MaxBody: 1 << 20, AccessLog: true}})
	if err != nil {
		t.Fatal(err)
	}
	s.Engine().GET("/users/:id", func(c *gin.Context) { c.String(200, "hello world") })
	l2, _ := net.Listen("tcp", "127.0.0.1:0")
	go s.Serve("http", l2, nil)
	f, _ := os.Create("/tmp/server.prof")
	pprof.StartCPUProfile(f)
	exec.Command("wrk", "-t1", "-c64", "-d6s", "http://"+l2.Addr().String()+"/users/42").CombinedOutput()
	pprof.StopCPUProfile()
	f.Close()
}
