// Command helloready is the smallest service in Go: net/http, and READY=1 when it listens.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	flag.Parse()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, hello.Handler))
}
