package gind_test

import (
	"context"
	"database/sql"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

var db *sql.DB

func sendMails(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func migrate(context.Context) error { return nil }

// The program that README shows; a test holds them together.
func ExampleMain() {
	gind.Main(func(s *gind.Service) error {
		s.Router.GET("/hello", func(c *gin.Context) { c.String(200, "hello") })

		s.OnStart("migrate", migrate)       // before anything is served, and not by "shop check"
		s.Check("database", db.PingContext) // asked in the background, seen at /readyz
		s.Go("mailer", sendMails)           // stopped and awaited when the service ends
		s.OnShutdown(func(context.Context) error { return db.Close() })
		return nil
	}, gind.Name("shop"))
}
