// Command testapp is an application that goes wrong on request, for the tests
// of what gind then does. It is installed in the place of gind and takes gind's
// name, so that gind's units, config and control socket are its own.
//
// Routes: /ok answers at once, /panic panics, /deadlock takes a lock that every
// request needs and never gives it back, /slow?for=2s answers later, /fail
// answers 500, /echo?number=1&for=2s answers (later) with the number, the
// client's address and the process, /bulk?length=1000000 with so many bytes,
// POST /record/1 writes the number into the file "numbers" of the state
// directory, /pair answers with two keys of the config's section "pair" and with
// how long the secret in it is; while pair.sick is set, the ready-check "pair" fails.
// /panic-with-config panics with all of that section.
//
// /rough/panic, /rough/map, /rough/starve and /rough/leak panic in the background,
// write a map from many goroutines, keep all processors busy, and use up memory;
// /rough/die makes the live-check "alive" fail.
//
// Variables: TESTAPP_READY_AFTER (a duration) makes the ready-check "warm"
// fail until that long after the start, TESTAPP_NEVER_READY makes the
// ready-check "backend" fail for ever, TESTAPP_FAIL (a text) is the error with
// which it refuses to start, TESTAPP_PANIC (a text) that with which it crashes
// while it starts, TESTAPP_WORK=1 has background work write the process ID into
// the file "work" of the state directory, all the time, TESTAPP_ENDS_AFTER (a duration)
// has background work fail so long after it has begun, TESTAPP_DATABASE (host:port) is what
// it connects to before it serves. A file /etc/testapp-database has how long the database
// takes to migrate, and then perhaps, after a blank, why it cannot. A file
// /etc/testapp-answer makes it a release whose middleware answers everybody with the status
// in it, or nobody if that is 0.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

func main() {
	gind.Main(func(s *gind.Service) error {
		routes(s.Router)
		rough(s)
		if err := servePair(s); err != nil {
			return err
		}
		if text := os.Getenv("TESTAPP_FAIL"); text != "" {
			return errors.New(text)
		}
		if text := os.Getenv("TESTAPP_PANIC"); text != "" {
			go panic(text)
			time.Sleep(time.Minute)
		}
		if address := os.Getenv("TESTAPP_DATABASE"); address != "" {
			s.OnStart("database", func(ctx context.Context) error { return connect(ctx, address) })
		}
		if os.Getenv("TESTAPP_WORK") != "" {
			s.Go("work", work)
		}
		s.OnStart("migration", migrate)
		if text := os.Getenv("TESTAPP_ENDS_AFTER"); text != "" {
			s.Go("end", func(ctx context.Context) error { return end(ctx, text) })
		}
		return checks(s)
	}, gind.Name("gind"), gind.Describe("testapp goes wrong on request"))
}

func migrate(ctx context.Context) error {
	text, _ := os.ReadFile("/etc/testapp-database")
	length, reason, fails := strings.Cut(strings.TrimSpace(string(text)), " ")
	wait, _ := time.ParseDuration(length)
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return ctx.Err()
	}
	if fails {
		return errors.New(reason)
	}
	return nil
}

func routes(r *gin.Engine) {
	var everybody sync.RWMutex
	r.Use(func(c *gin.Context) {
		everybody.RLock()
		defer everybody.RUnlock()
		c.Next()
	})
	if text, err := os.ReadFile("/etc/testapp-answer"); err == nil {
		r.Use(answerAll(strings.TrimSpace(string(text))))
	}
	r.GET("/ok", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.GET("/fail", func(c *gin.Context) { c.String(http.StatusInternalServerError, "failed\n") })
	r.GET("/panic", func(*gin.Context) { panic("this is the panic") })
	r.GET("/slow", slow)
	r.GET("/events", events)
	r.GET("/socket", socket)
	r.GET("/echo", echo)
	r.GET("/bulk", bulk)
	r.POST("/record/:number", record)
	// A lock for writing, wanted while the request's own for reading is held:
	// nobody gets past it any more.
	r.GET("/deadlock", func(*gin.Context) { everybody.Lock() })
}

// connect to a database.
func connect(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// work until it is told to end, and then for a moment more.
func work(ctx context.Context) error {
	file, err := os.OpenFile(os.Getenv("STATE_DIRECTORY")+"/work", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	for last := false; !last; {
		select {
		case <-ctx.Done():
			last = true
			time.Sleep(500 * time.Millisecond)
		case <-time.After(20 * time.Millisecond):
		}
		if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
			return err
		}
	}
	return nil
}

// end fails after a while.
func end(ctx context.Context, after string) error {
	wait, err := time.ParseDuration(after)
	if err != nil {
		return err
	}
	select {
	case <-time.After(wait):
		return errors.New("nothing works here")
	case <-ctx.Done():
		return nil
	}
}

func answerAll(text string) gin.HandlerFunc {
	status, err := strconv.Atoi(text)
	return func(c *gin.Context) {
		if err != nil || status == 0 {
			time.Sleep(time.Hour)
		}
		c.AbortWithStatus(status)
	}
}

func slow(c *gin.Context) {
	wait, err := time.ParseDuration(c.Query("for"))
	if err != nil {
		c.String(http.StatusBadRequest, "%v\n", err)
		return
	}
	select {
	case <-time.After(wait):
		c.String(http.StatusOK, "after %v\n", wait)
	case <-c.Request.Context().Done():
	}
}

func checks(s *gind.Service) error {
	if text := os.Getenv("TESTAPP_READY_AFTER"); text != "" {
		wait, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("TESTAPP_READY_AFTER: %w", err)
		}
		warm := time.Now().Add(wait)
		s.Check("warm", func(context.Context) error {
			if left := time.Until(warm); left > 0 {
				return fmt.Errorf("warm in %v", left.Round(time.Millisecond))
			}
			return nil
		}, gind.Every(100*time.Millisecond))
	}
	if os.Getenv("TESTAPP_NEVER_READY") != "" {
		s.Check("backend", func(context.Context) error {
			return errors.New("nobody is there")
		}, gind.Every(100*time.Millisecond))
	}
	return nil
}
