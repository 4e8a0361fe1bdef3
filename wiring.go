package gind

import (
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/settings"
)

// This file says which key goes to which room.

func journalOptions(name string, keys settings.Log) (journal.Options, error) {
	o, err := keys.Journal(name, sdnotify.Directory("LOGS_DIRECTORY"))
	o.RingDir = sdnotify.Directory("RUNTIME_DIRECTORY")
	return o, err
}

func (a *application) serverOptions() server.Options {
	keys := a.keys()
	return server.Options{
		Logger:         a.log,
		Environment:    keys.Environment,
		TrustedProxies: keys.Server.TrustedProxies,
		Live:           limits(keys),
		Checks:         a.checks.Verdicts,
		Version: server.Version{
			Name: a.options.name, Version: a.build.Version, Commit: a.build.Commit, Date: buildDate(a.build.Date),
		},
		ConnState: func(c net.Conn, state http.ConnState) { a.listeners.ConnState(c, state) },
		Parkable:  func(c net.Conn) bool { return a.listeners.CanPark(c) },
		Registry:  a.registry,
		ErrorIDs:  server.ErrorIDs{Panic: string(journal.EventPanic)},
	}
}

func buildDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func limits(keys *settings.Settings) server.Limits {
	return server.Limits{
		Timeouts: server.Timeouts{
			ReadHeaderTimeout: keys.Server.ReadHeaderTimeout,
			ReadTimeout:       keys.Server.ReadTimeout,
			WriteTimeout:      keys.Server.WriteTimeout,
			IdleTimeout:       keys.Server.IdleTimeout,
			MaxHeader:         int(keys.Server.MaxHeader),
		},
		HandlerTimeout: keys.Server.HandlerTimeout,
		MaxBody:        int64(keys.Server.MaxBody),
		AccessLog:      keys.Log.Access,
		StaticRoot:     keys.Static.Root,
		SPA:            keys.Static.SPA,
		CORS: server.CORS{
			AllowOrigins:     keys.CORS.AllowOrigins,
			AllowMethods:     keys.CORS.AllowMethods,
			AllowHeaders:     keys.CORS.AllowHeaders,
			AllowCredentials: keys.CORS.AllowCredentials,
			MaxAge:           keys.CORS.MaxAge,
		},
	}
}

// specs are the listeners of the config, in the order of their names.
func (a *application) specs() []listener.Spec {
	var list []listener.Spec
	for _, name := range slices.Sorted(maps.Keys(a.keys().Listeners)) {
		list = append(list, specOf(name, a.keys().Listeners[name]))
	}
	if spec, ok := a.controlSpec(); ok {
		list = append(list, spec)
	}
	return list
}

func specOf(name string, l settings.Listener) listener.Spec {
	return listener.Spec{Name: name, Address: unixAddress(l.Address), TLS: l.Certificate != ""}
}

// unixAddress makes the path of a Unix socket clean.
func unixAddress(address string) string {
	const prefix = "unix:/"
	if len(address) > len(prefix) && address[:len(prefix)] == prefix {
		return prefix + filepath.Clean(address[len(prefix):])
	}
	return address
}
