// Command gind serves static files as a service that Linux runs properly, and
// keeps programs running that cannot be changed. It is an application of the
// public package gind like any other.
package main

import (
	"github.com/gind/gind"
	"github.com/gind/gind/cmd/app/site"
	"github.com/gind/gind/cmd/app/supervise"
)

func main() {
	supervise.Trampoline()
	gind.Main(setup,
		gind.Name("gind"),
		gind.Describe("Serve files and Gin applications as Linux services"),
		gind.Command("supervise", "Keep programs running that cannot be changed", supervise.Command),
		gind.Complete("supervise", supervise.Complete),
	)
}

// setup serves the built-in site, whose front page shows the service's state.
func setup(s *gind.Service) error {
	s.Static(site.Files(s.Status))
	return nil
}
