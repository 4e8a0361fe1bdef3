package server

import (
	"net/http"
	"time"

	"github.com/gind/gind/internal/server/files"
)

// serveFile answers from the tree. It returns false if there is nothing, and
// the tree has no page to say so.
func (x *exchange) serveFile(tree *files.Tree, r *http.Request) bool {
	x.route = routeStatic
	switch tree.Serve(x, r) {
	case files.Served:
		return true
	case files.BadPath:
		x.problem(http.StatusBadRequest, "")
		return true
	case files.BadMethod:
		x.Header().Set("Allow", "GET, HEAD")
		x.problem(http.StatusMethodNotAllowed, "")
		return true
	}
	x.route = routeNone
	return wantsHTML(r.Header) && tree.ServeNotFound(x, r)
}

// slowestDownload is the rate, in bytes per second, below which a client that
// downloads a large file is given up on.
const slowestDownload = 32 << 10

// ExpectBody implements files.Expecter: a large file gets the time that it
// takes, on top of the write timeout.
func (x *exchange) ExpectBody(size int64) {
	extra := time.Duration(size/slowestDownload) * time.Second
	if limit := x.live.WriteTimeout; limit > 0 && extra > 0 {
		_ = x.SetWriteDeadline(time.Now().Add(limit + extra))
	}
}

// Quiet implements files.Quieter.
func (x *exchange) Quiet() { x.quiet = true }
