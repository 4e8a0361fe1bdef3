// Command ginapp is a Gin application that knows nothing of gind, for the tests
// of "gind supervise". It listens on the socket that it is passed, as programs
// with go-systemd do, or on ADDRESS, logs as Gin, net/http and people do, and
// goes wrong on request.
//
// Routes: /ok answers with the number of the process, /where with the working
// directory and what PLACE is, /bad 400, /fail 500, /panic panics in the
// handler, /crash in a goroutine, which ends the process, /hang makes /healthz
// hang, /spawn leaves two processes behind that do not mind being told to end.
//
// With the argument "fail" it exits at once with status 3; with "flood" it
// writes 300 MB of lines and says how long that took; with "pace" it takes three
// seconds for them and says how late it was in the end; with "say" it says a
// line in each format that loggers have; with "tell FILE" it writes there what
// it reads.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/gin-gonic/gin"
)

func main() {
	argument := ""
	if len(os.Args) > 1 {
		argument = os.Args[1]
	}
	switch argument {
	case "linger":
		linger(os.Args[2:])
	case "tell":
		tell(os.Args[2])
	case "fail":
		fmt.Fprintln(os.Stderr, "no database today")
		os.Exit(3)
	case "flood":
		flood()
	case "pace":
		pace()
	case "say":
		say()
	default:
		serve()
	}
}

func serve() {
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: time.Minute}
	terms := make(chan os.Signal, 1)
	signal.Notify(terms, os.Interrupt, syscall.SIGTERM)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		log.Fatal(err)
	case <-terms:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
}

func listen() (net.Listener, error) {
	if address := os.Getenv("ADDRESS"); address != "" {
		return net.Listen("tcp", address)
	}
	listeners, err := activation.Listeners()
	if err != nil || len(listeners) != 1 {
		return nil, fmt.Errorf("sockets: %d, %w", len(listeners), err)
	}
	return listeners[0], nil
}

func routes() http.Handler {
	var hanging atomic.Bool
	r := gin.Default()
	r.GET("/ok", func(c *gin.Context) { c.String(http.StatusOK, "%d", os.Getpid()) })
	r.GET("/where", func(c *gin.Context) {
		dir, err := os.Getwd()
		c.String(http.StatusOK, "%s %s %v", dir, os.Getenv("PLACE"), err)
	})
	r.GET("/bad", func(c *gin.Context) { c.AbortWithStatus(http.StatusBadRequest) })
	r.GET("/fail", func(c *gin.Context) { c.AbortWithStatus(http.StatusInternalServerError) })
	r.GET("/panic", func(*gin.Context) { panic("this is a handler's panic") })
	r.GET("/crash", func(*gin.Context) {
		go func() { panic("this is a goroutine's panic") }()
		select {}
	})
	r.GET("/hang", func(*gin.Context) { hanging.Store(true) })
	r.GET("/healthz", func(*gin.Context) {
		if hanging.Load() {
			select {}
		}
	})
	r.GET("/spawn", func(c *gin.Context) {
		if err := spawn(); err != nil {
			c.String(http.StatusInternalServerError, "%v", err)
		}
	})
	return r
}

// tell writes the standard input to a file.
func tell(path string) {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// flood tells on standard error, which is logged whatever is dropped.
func flood() {
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 10_000)
	begin := time.Now()
	for range 300 {
		if _, err := io.WriteString(os.Stdout, text); err != nil {
			log.Fatal(err)
		}
	}
	took := time.Since(begin)
	fmt.Fprintf(os.Stderr, "<3>flooded %d MB/s\n", int(300/took.Seconds()))
	time.Sleep(time.Hour)
}

// pace writes a megabyte of lines each hundredth of a second, and catches up when
// it was held up.
func pace() {
	const tick, ticks = 10 * time.Millisecond, 300
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 10_000)
	begin := time.Now()
	for i := range ticks {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * tick)))
		if _, err := io.WriteString(os.Stdout, text); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Fprintf(os.Stderr, "<3>paced, %d ms late\n", max(0, time.Since(begin)-ticks*tick).Milliseconds())
	time.Sleep(time.Hour)
}

// say says an error and a harmless line in each format.
func say() {
	for _, format := range []string{
		`time=2026-01-02T15:04:05.000Z level=%[1]s msg="said by slog text %[2]s"`,
		`{"time":"2026-01-02T15:04:05Z","level":"%[1]s","msg":"said by slog json %[2]s"}`,
		`{"level":"%[2]s","ts":1767366245.1,"caller":"a/b.go:1","msg":"said by zap %[2]s"}`,
		`{"level":"%[2]s","time":"2026-01-02T15:04:05Z","message":"said by zerolog %[2]s"}`,
		`time="2026-01-02T15:04:05Z" level=%[3]s msg="said by logrus %[2]s"`,
		`%[4]s0102 15:04:05.000000       1 a.go:1] said by klog %[2]s`,
		`<%[5]d>said with a prefix %[2]s`,
		`%[1]s: said plainly %[2]s`,
	} {
		fmt.Printf(format+"\n", "ERROR", "error", "error", "E", 3)
		fmt.Printf(format+"\n", "INFO", "info", "info", "I", 6)
	}
	time.Sleep(time.Hour)
}
