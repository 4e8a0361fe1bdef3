package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

// CORS is the cross-origin policy (https://fetch.spec.whatwg.org/#http-cors-protocol).
type CORS struct {
	// AllowOrigins lists the origins that may read responses, as
	// "https://app.example.org"; "*" alone means everybody and is refused in
	// production. Empty: no cross-origin header is ever sent.
	AllowOrigins []string
	// AllowMethods and AllowHeaders are what a preflight request may ask for.
	AllowMethods, AllowHeaders []string
	// AllowCredentials allows cookies and authorization. Not with "*".
	AllowCredentials bool
	// MaxAge is how long a browser may remember a preflight's answer.
	MaxAge time.Duration
}

func (c CORS) wildcard() bool { return len(c.AllowOrigins) == 1 && c.AllowOrigins[0] == "*" }

// newCORS returns the middleware of a policy, or nil if it allows nobody.
func newCORS(c CORS, environment string) (gin.HandlerFunc, error) {
	if len(c.AllowOrigins) == 0 {
		return nil, nil
	}
	config := cors.Config{
		AllowMethods:     c.AllowMethods,
		AllowHeaders:     c.AllowHeaders,
		ExposeHeaders:    []string{headerRequestID},
		AllowCredentials: c.AllowCredentials,
		MaxAge:           c.MaxAge,
	}
	if c.wildcard() {
		if !isRelaxed(environment) {
			return nil, errors.New(`server: CORS: origin "*" is not allowed in production: list the origins`)
		}
		if c.AllowCredentials {
			return nil, errors.New(`server: CORS: origin "*" cannot be combined with credentials: list the origins`)
		}
		config.AllowAllOrigins = true
	} else {
		allowed, err := originSet(c.AllowOrigins)
		if err != nil {
			return nil, err
		}
		config.AllowOriginFunc = func(origin string) bool { return allowed[origin] }
	}
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("server: CORS: %w", err)
	}
	return cors.New(config), nil
}

// originSet checks origins (RFC 6454: scheme, host and port, nothing else).
func originSet(origins []string) (map[string]bool, error) {
	set := make(map[string]bool, len(origins))
	for _, o := range origins {
		if o == "*" {
			return nil, errors.New(`server: CORS: origin "*" has to stand alone`)
		}
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil ||
			u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(o, "*") {
			return nil, fmt.Errorf("server: CORS: %q is not an origin, as https://app.example.org", o)
		}
		set[strings.ToLower(o)] = true
	}
	return set, nil
}

var varyOrigin = []string{"Origin"}

// cross applies the cross-origin policy. It aborts c if the request ends here:
// a preflight, or an origin that is not allowed.
func (x *exchange) cross(c *gin.Context) {
	if x.live.cors == nil {
		return
	}
	if origin := c.Request.Header["Origin"]; len(origin) > 0 && !x.sameOrigin(origin[0]) {
		x.live.cors(c)
		if c.IsAborted() && c.Writer.Status() == http.StatusForbidden {
			x.failed = "the origin " + printable(origin[0], maxLoggedAgent) + " is not allowed"
		}
	}
	if h := x.Header(); x.live.vary && h["Vary"] == nil {
		h["Vary"] = varyOrigin // a cache must not give this response to another origin
	}
}

// sameOrigin tells whether a request is of a page of this service, also behind a
// proxy that has put another Host into it. Browsers say so themselves: no script
// can set Sec-Fetch-Site. Where one does not, a trusted proxy may say which host was
// asked for; a script that wants to say it needs leave by a preflight request first.
func (x *exchange) sameOrigin(origin string) bool {
	h := x.request.Header
	if site := h["Sec-Fetch-Site"]; len(site) > 0 {
		return len(site) == 1 && site[0] == "same-origin"
	}
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok || scheme != "http" && scheme != "https" || len(h["X-Forwarded-Host"]) == 0 || !x.server.proxies.trust(x) {
		return false
	}
	for _, list := range h["X-Forwarded-Host"] {
		for asked := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(withoutDefaultPort(scheme, strings.TrimSpace(asked)), host) {
				return true
			}
		}
	}
	return false
}

// withoutDefaultPort is a host as it stands in an origin.
func withoutDefaultPort(scheme, host string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
