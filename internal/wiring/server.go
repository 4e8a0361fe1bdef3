package wiring

import (
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/internal/settings"
)

// Limits are the keys of the server that change while requests are served.
func Limits(keys *settings.Settings) server.Limits {
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
		Reasons:        keys.Health.Verbose,
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
