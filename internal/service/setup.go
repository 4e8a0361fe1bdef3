package service

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/service/reload"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/status"
)

// This file is what the application is given in its setup, and may ask later.

// Router takes the application's routes.
func (s *Service) Router() *gin.Engine { return s.server.Engine() }

// Mount makes h the application, in place of Router.
func (s *Service) Mount(h http.Handler) { s.server.Mount(h) }

// Logger is the service's log. Records that are logged with a request's context have
// its ids.
func (s *Service) Logger() *slog.Logger { return slog.New(server.WithRequestID(s.log.Handler())) }

// Config takes the application's sections.
func (s *Service) Config() *reload.Config { return s.config }

// HealthDefaults are what a check is given that does not say otherwise.
func (s *Service) HealthDefaults() settings.Health { return s.keys().Health }

// AddCheck adds one of the application's.
func (s *Service) AddCheck(check health.Check) { s.noteMistake(s.checks.Add(check)) }

// ServeFiles where no route matches, and the config names no folder.
func (s *Service) ServeFiles(files fs.FS) { s.noteMistake(s.server.SetFallback(files)) }

// noteMistake in the application's own calls: the start fails with all of them. What
// comes later is logged.
func (s *Service) noteMistake(err error) {
	if err != nil && !s.mistakes.add(err) {
		s.log.Error(err.Error(), "error", err)
	}
}

// OnStart adds a function that is called, in a process that is to serve, before it does.
func (s *Service) OnStart(name string, f func(context.Context) error) {
	s.noteMistake(s.hooks.OnStart(name, f))
}

// OnReload adds a function that each reload asks.
func (s *Service) OnReload(f func(context.Context) error) { s.hooks.OnReload(f) }

// OnShutdown adds a function that is called at the end of the drain.
func (s *Service) OnShutdown(f func(context.Context) error) { s.hooks.OnShutdown(f) }

// Go runs background work from the start to the drain.
func (s *Service) Go(name string, work func(context.Context) error) { s.tasks.Add(name, work) }

// Draining ends when the service begins to stop.
func (s *Service) Draining() context.Context { return s.server.Draining() }

// Status of the service now.
func (s *Service) Status() status.Status { return s.report.Status() }

// Entries of the config in force.
func (s *Service) Entries() []config.Entry {
	return s.serving.Overruled(s.config.Current().Entries())
}
