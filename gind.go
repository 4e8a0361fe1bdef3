// Package gind turns a Gin application into a service that Linux runs properly.
//
//	func main() {
//		gind.Main(func(s *gind.Service) error {
//			s.Router.GET("/hello", hello)
//			s.Check("database", db.PingContext)
//			return nil
//		}, gind.Name("shop"))
//	}
//
// is a complete program: it reads flags, environment and /etc/shop/shop.yaml,
// logs to the journal, tells systemd when it is ready and how it is, reloads on
// SIGHUP, drains on SIGTERM, and has the commands serve, reload, status, check,
// config and version. Those who keep a main of their own call [Run].
package gind

import (
	"context"
	"net/http"
	"os"

	"github.com/gind/gind/internal/program"
	"github.com/gind/gind/internal/service"
)

// Main is a whole program: it does what the command line says and exits, with
// status 0, 1 for a failure, 2 for a wrong call and 78 (EX_CONFIG) for a bad
// config. setup adds the application's routes, checks and background work; it
// is called once, before anything is served, and also by "check", where nothing
// is started: what is opened in it should be closed by OnShutdown. Its error
// ends the program.
func Main(setup func(*Service) error, list ...Option) {
	p := newProgram(setup, list)
	os.Exit(p.Execute(context.Background(), os.Args[1:]))
}

// Run serves any http.Handler until ctx ends or the process is told to stop, and
// returns when it has drained. It reads the config as Main does, but no flags.
// The handler gets every path except /healthz, /livez, /readyz, /version and
// /metrics; an http.ServeMux with patterns for these keeps them.
//
// Run may be called once in a process: signals, systemd's sockets and Gin's mode
// are the process's own.
func Run(ctx context.Context, handler http.Handler, list ...Option) error {
	setup := func(s *Service) error {
		s.service.Mount(handler)
		return nil
	}
	p := newProgram(setup, list)
	return p.Run(ctx)
}

// newProgram is one with the application's setup.
func newProgram(setup func(*Service) error, list []Option) *program.Program {
	p := newOptions(list).program
	p.Setup = func(s *service.Service) error {
		return setup(&Service{Router: s.Router(), Log: s.Logger(), service: s})
	}
	return &p
}
