package gind_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

// A program that keeps its own main serves any handler.
func ExampleRun() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })

	err := gind.Run(context.Background(), mux, gind.Name("shop"), gind.Value("listeners.http.address", ":80"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The section "shop" of the config file has the keys of a struct. A handler that
// loads it once sees one version of it.
func ExampleSettings() {
	type config struct {
		MaxProducts int           `yaml:"max_products" default:"1000" validate:"min=1"`
		CacheFor    time.Duration `yaml:"cache_for" default:"1m" max:"24h"`
		Upload      gind.Bytes    `yaml:"upload" default:"10MiB"`
		APIKey      gind.Secret   `yaml:"api_key"`
	}
	gind.Main(func(s *gind.Service) error {
		shop, err := gind.Settings[config](s, "shop")
		if err != nil {
			return err
		}
		s.Router.GET("/limits", func(c *gin.Context) {
			now := shop.Load()
			c.JSON(http.StatusOK, gin.H{"products": now.MaxProducts, "upload": now.Upload})
		})
		return nil
	}, gind.Name("shop"))
}

// What a service opens is opened when it starts, and not by commands that only look
// at its config: the setup declares.
func ExampleService_OnStart() {
	gind.Main(func(s *gind.Service) error {
		var orders atomic.Pointer[os.File]
		s.OnStart("orders", func(context.Context) error {
			file, err := os.OpenFile("orders.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			orders.Store(file)
			s.OnShutdown(func(context.Context) error { return file.Close() })
			return nil
		})
		s.Router.POST("/orders", func(c *gin.Context) {
			if _, err := io.Copy(orders.Load(), c.Request.Body); err != nil {
				_ = c.Error(err)
				c.Status(http.StatusInternalServerError)
			}
		})
		return nil
	}, gind.Name("shop"))
}

// What depends on a setting is made anew before the reload is in force, and can
// refuse it.
func ExampleView_OnChange() {
	type config struct {
		Greeting string `yaml:"greeting" default:"Hello, {{.}}!"`
	}
	gind.Main(func(s *gind.Service) error {
		view, err := gind.Settings[config](s, "greeter")
		if err != nil {
			return err
		}
		var greeting atomic.Pointer[template.Template]
		prepare := func(_, next *config) (func(), error) {
			t, err := template.New("greeting").Parse(next.Greeting)
			if err != nil {
				return nil, err
			}
			return func() { greeting.Store(t) }, nil
		}
		first, err := prepare(nil, view.Load())
		if err != nil {
			return err
		}
		first()
		view.OnChange(prepare)
		s.Router.GET("/hello/:name", func(c *gin.Context) {
			_ = greeting.Load().Execute(c.Writer, c.Param("name"))
		})
		return nil
	}, gind.Name("greeter"))
}

// "shop migrate" is a command beside "shop serve".
func ExampleCommand() {
	migrate := func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			return errors.New("migrate takes no arguments")
		}
		_, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS products (name TEXT)")
		return err
	}
	gind.Main(func(*gind.Service) error { return nil },
		gind.Name("shop"),
		gind.Command("migrate", "bring the database up to date", migrate))
}

// A check decides whether the service gets traffic, is restarted, or is only
// looked at.
func ExampleService_Check() {
	reachable := func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodHead, "https://mail.example.com/", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	gind.Main(func(s *gind.Service) error {
		s.Check("database", db.PingContext, gind.Every(5*time.Second), gind.After(3, 1))
		s.Check("mail", reachable, gind.Advisory(), gind.Within(10*time.Second))
		return nil
	}, gind.Name("shop"))
}

// Background work ends with the service, which waits for it.
func ExampleService_Go() {
	gind.Main(func(s *gind.Service) error {
		s.Go("cleaner", func(ctx context.Context) error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Hour):
				}
				if _, err := db.ExecContext(ctx, "DELETE FROM sessions WHERE expires < now()"); err != nil {
					s.Log.ErrorContext(ctx, "old sessions stay", "error", err)
				}
			}
		})
		return nil
	}, gind.Name("shop"))
}

// A response that has no end of its own ends when the service drains.
func ExampleService_Draining() {
	gind.Main(func(s *gind.Service) error {
		s.Router.GET("/ticks", func(c *gin.Context) {
			for {
				select {
				case <-s.Draining().Done():
					return
				case <-c.Request.Context().Done():
					return
				case now := <-time.After(time.Second):
					c.SSEvent("tick", now.Unix())
					c.Writer.Flush()
				}
			}
		})
		return nil
	}, gind.Name("clock"))
}
