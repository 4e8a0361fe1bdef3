package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/server/files"
)

// Limits is what can change while requests are served.
type Limits struct {
	// Timeouts of connections.
	Timeouts

	// HandlerTimeout ends the context of a request; a handler that then returns
	// without a response gets 503. 0 means no limit. It is taken away from a
	// handler that answers with Content-Type: text/event-stream, from the moment
	// that it writes the header, from one that uses gin.Context.Stream, and from
	// one that hijacks the connection (WebSocket).
	HandlerTimeout time.Duration

	// MaxBody is the size in bytes of the largest request body; a larger one
	// gets 413. 0 means no limit.
	MaxBody int64

	// AccessLog logs one record a request.
	AccessLog bool

	// CORS is the cross-origin policy.
	CORS CORS

	// StaticRoot is the folder whose files are served where no route matches.
	// Empty: Options.Fallback.
	StaticRoot string

	// SPA answers a browser's navigation to a path that has no file with
	// index.html, for single-page applications.
	SPA bool
}

// live is one set of Limits with what was made from it. A request holds the
// one that it began with until it ends.
type live struct {
	Limits
	cors  gin.HandlerFunc // nil: no cross-origin request is allowed
	vary  bool            // responses depend on Origin
	files *files.Tree     // nil: no files
}

// Prepare checks new limits and opens what they name. Nothing changes until
// commit is called; the next request is then the first that sees them, all at
// once (but see Timeouts), and requests under way keep the old ones. If it fails the Server goes
// on as it was, and commit is nil.
func (s *Server) Prepare(limits Limits) (commit func(), err error) {
	limits.Timeouts = limits.withDefaults()
	next := &live{Limits: limits}
	if next.cors, err = newCORS(limits.CORS, s.options.Environment); err != nil {
		return nil, err
	}
	next.vary = next.cors != nil && !limits.CORS.wildcard()
	if next.files, err = s.openFiles(limits); err != nil {
		return nil, err
	}
	return func() {
		old := s.live.Swap(next)
		if old == nil {
			return
		}
		if old.Timeouts != next.Timeouts {
			s.renew()
		}
		if old.files != nil {
			go s.retire(old)
		}
	}, nil
}

// SetFallback replaces Options.Fallback, at once. It must not be called
// between a Prepare and its commit.
func (s *Server) SetFallback(fsys fs.FS) error {
	s.fallback.Store(&fsys)
	commit, err := s.Prepare(s.live.Load().Limits)
	if err != nil {
		return err
	}
	commit()
	return nil
}

func (s *Server) openFiles(limits Limits) (*files.Tree, error) {
	if limits.StaticRoot != "" {
		tree, err := files.Open(limits.StaticRoot, limits.SPA, s.linkLeadsOut)
		if err != nil {
			return nil, fmt.Errorf("server: static root: %w", err)
		}
		return tree, nil
	}
	fallback := *s.fallback.Load()
	if fallback == nil {
		return nil, nil
	}
	return files.FromFS(fallback, limits.SPA), nil
}

// linkLeadsOut tells of a file that is there and is not served.
func (s *Server) linkLeadsOut(link string) {
	s.log.LogAttrs(context.Background(), slog.LevelWarn,
		link+" is not served: it is a link that leads out of the static root, or an absolute one", slog.String("link", link))
}

// retire closes the files of limits that are no longer in force, once the last
// request that began with them is done.
func (s *Server) retire(old *live) {
	_ = s.until(s.closing, func() bool {
		return !s.accounts.any(func(x *exchange) bool { return x.live == old })
	})
	_ = old.files.Close()
}
