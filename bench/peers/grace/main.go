// Command grace serves with facebookgo/grace: on SIGUSR2 it starts a successor,
// which ends it.
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/facebookgo/grace/gracehttp"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	pidFile := flag.String("pid-file", "", "`file` for the process's id")
	flag.Parse()

	if err := hello.WritePID(*pidFile); err != nil {
		log.Fatal(err)
	}
	if err := gracehttp.Serve(&http.Server{Addr: *address, Handler: hello.Handler}); err != nil {
		log.Fatal(err)
	}
}
