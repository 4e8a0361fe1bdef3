package supervise

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/gin-gonic/gin"
)

func init() {
	roles["web"] = web
	roles["gin"] = ginProgram
	roles["daemons"] = daemons
	roles["init"] = initProcess
}

// web is a server as people write them for systemd: sockets by go-systemd,
// sd_notify, and a graceful stop. Its health can be made to hang.
func web() int {
	listeners, err := activation.Listeners()
	if err != nil || len(listeners) != 1 {
		fmt.Fprintln(os.Stderr, "sockets:", len(listeners), err)
		return 1
	}
	var hanging atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) { hanging.Store(true) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if hanging.Load() {
			select {}
		}
	})
	server := &http.Server{Handler: mux}
	terms := make(chan os.Signal, 1)
	signal.Notify(terms, syscall.SIGTERM)
	stopped := make(chan struct{})
	go func() {
		<-terms
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		close(stopped)
	}()
	if delay, err := time.ParseDuration(os.Getenv("TEST_DELAY")); err == nil {
		time.Sleep(delay)
	}
	_, _ = daemon.SdNotify(false, "READY=1\nSTATUS=serving as "+os.Getenv("TEST_VERSION"))
	if err := server.Serve(listeners[0]); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-stopped
	return 0
}

// ginProgram is a Gin application that knows nothing of gind.
func ginProgram() int {
	listeners, err := activation.Listeners()
	if err != nil || len(listeners) != 1 {
		log.Print("sockets: ", len(listeners), err)
		return 1
	}
	engine := gin.Default()
	engine.GET("/ok", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	engine.GET("/bad", func(c *gin.Context) { c.AbortWithStatus(http.StatusBadRequest) })
	engine.GET("/err", func(c *gin.Context) { c.AbortWithStatus(http.StatusInternalServerError) })
	engine.GET("/panic", func(*gin.Context) { panic("a handler's panic") })
	engine.GET("/crash", func(*gin.Context) {
		go func() { panic("a goroutine's panic") }()
		select {}
	})
	log.Print("listening")
	return map[bool]int{false: 1}[engine.RunListener(listeners[0]) == nil]
}

// daemons starts one that ignores signals and one that has double-forked out
// of its session and its environment, and stays.
func daemons() int {
	const script = `trap "" TERM INT HUP; while :; do sleep 1; done`
	child := exec.Command("sh", "-c", script)
	daemon := exec.Command("setsid", "sh", "-c", "(trap '' TERM; "+script+") & exit 0")
	daemon.Env = []string{"PATH=" + os.Getenv("PATH"), "TEST_MARK=" + os.Getenv("TEST_MARK")}
	if err := errors.Join(child.Start(), daemon.Run()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	signal.Ignore(syscall.SIGTERM)
	fmt.Println("ready")
	time.Sleep(time.Minute)
	return 0
}

// initProcess is gind as PID 1 of a container.
func initProcess() int {
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}, Spec{
		Name: "app", Command: []string{os.Args[0]}, Environment: []string{"TEST_ROLE=" + os.Getenv("TEST_APP")},
		Restart: "no", Stop: Stop{Grace: 200 * time.Millisecond},
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	release := s.HandleSignals(nil)
	defer release()
	status := s.Run(context.Background())
	zombies, others := census()
	fmt.Printf("pid %d, %d others, %d zombies\n", os.Getpid(), others, zombies)
	return status
}

// census counts the other processes in this namespace.
func census() (zombies, others int) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil || entry.Name() == "1" || strings.Trim(entry.Name(), "0123456789") != "" {
			continue
		}
		if strings.Contains(string(stat), ") Z ") {
			zombies++
			continue
		}
		others++
	}
	return zombies, others
}

// marked are the processes that run with TEST_MARK=mark in their environment.
func marked(mark string) (pids []string) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		env, _ := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if strings.Contains(string(env), "TEST_MARK="+mark+"\x00") {
			pids = append(pids, entry.Name())
		}
	}
	return pids
}

// bound is a listening socket on a free port, as a service manager passes it.
func bound(t *testing.T) (url string, inherited func(string) *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	url = "http://" + l.Addr().String()
	l.Close()
	return url, func(string) *os.File { return f }
}

// free is an address on a free port.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
