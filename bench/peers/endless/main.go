// Command endless serves with fvbock/endless: on SIGHUP it forks a successor,
// which ends it.
package main

import (
	"flag"
	"log"

	"github.com/fvbock/endless"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	pidFile := flag.String("pid-file", "", "`file` for the process's id")
	flag.Parse()

	if err := hello.WritePID(*pidFile); err != nil {
		log.Fatal(err)
	}
	if err := endless.ListenAndServe(*address, hello.Handler); err != nil {
		log.Print(err)
	}
}
