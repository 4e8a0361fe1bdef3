// Command listening is net/http on a listener of its own or on one of gind's,
// which tracks connections so that they can be parked. Nothing else differs.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"

	"github.com/gind/gind/bench/internal/hello"
	"github.com/gind/gind/internal/listener"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	tracked := flag.Bool("tracked", false, "use gind's listener")
	flag.Parse()

	server := http.Server{Handler: hello.Handler}
	if !*tracked {
		plain, err := net.Listen("tcp", *address)
		if err != nil {
			log.Fatal(err)
		}
		log.Fatal(server.Serve(plain))
	}
	set, err := listener.Open([]listener.Spec{{Name: "http", Address: *address}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	server.ConnState = set.ConnState
	log.Fatal(server.Serve(set.Named("http")[0]))
}
