// Command overseer serves with jpillora/overseer: on SIGUSR2 its master starts
// another child, and the one before lives until its connections have ended.
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/jpillora/overseer"

	"github.com/gind/gind/bench/internal/hello"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "`host:port` to serve")
	timeout := flag.Duration("timeout", 30*time.Second, "`time` after which connections are cut")
	flag.Parse()

	overseer.Run(overseer.Config{
		Required:         true,
		Address:          *address,
		TerminateTimeout: *timeout,
		Program: func(state overseer.State) {
			if err := http.Serve(state.Listener, hello.Handler); err != nil {
				log.Print(err)
			}
		},
	})
}
