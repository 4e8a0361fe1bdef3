// Command tableflip is the example of cloudflare/tableflip's documentation for
// net/http: on SIGHUP it starts a successor, hands it the listener, and shuts down.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cloudflare/tableflip"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	pidFile := flag.String("pid-file", "", "`file` for the process's id")
	flag.Parse()

	upgrader, err := tableflip.New(tableflip.Options{PIDFile: *pidFile})
	if err != nil {
		log.Fatal(err)
	}
	defer upgrader.Stop()
	go upgradeOnHangup(upgrader)

	listener, err := upgrader.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{Handler: hello.Handler}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	if err := upgrader.Ready(); err != nil {
		log.Fatal(err)
	}
	<-upgrader.Exit()

	time.AfterFunc(30*time.Second, func() { log.Fatal("graceful shutdown timed out") })
	if err := server.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}

func upgradeOnHangup(upgrader *tableflip.Upgrader) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	for range hangups {
		if err := upgrader.Upgrade(); err != nil {
			log.Print("upgrade: ", err)
		}
	}
}
