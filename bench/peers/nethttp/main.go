// Command nethttp serves on a socket that systemd opened, and on SIGTERM does
// what net/http's documentation says: Shutdown.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	listeners, err := activation.Listeners()
	if err != nil || len(listeners) != 1 {
		log.Fatalf("%d sockets from systemd, want one: %v", len(listeners), err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", hello.Handler)
	for path, handler := range hello.Streams {
		mux.HandleFunc(path, handler)
	}
	server := http.Server{Handler: mux}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer done()
	ended := make(chan error, 1)
	go func() {
		<-stop.Done()
		ended <- server.Shutdown(context.Background())
	}()
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Fatal(err)
	}
	if err := server.Serve(listeners[0]); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	if err := <-ended; err != nil {
		log.Print(err)
		os.Exit(1)
	}
}
