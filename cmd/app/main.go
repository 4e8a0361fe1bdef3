// Command gind serves static files as a service that Linux runs properly. It is
// an application of the public package gind like any other.
package main

import (
	"github.com/gind/gind"
	"github.com/gind/gind/cmd/app/site"
)

func main() {
	gind.Main(setup, gind.Name("gind"), gind.Describe("Serve files and Gin applications as Linux services"))
}

// setup serves the built-in site, whose front page shows the service's state.
func setup(s *gind.Service) error {
	s.Static(site.Files(s.Status))
	return nil
}
