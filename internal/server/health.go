package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gind/gind/internal/health"
)

// probe makes the handler of a health endpoint, in the format of the
// Kubernetes API server
// (https://kubernetes.io/docs/reference/using-api/health-checks/): "ok", or
// with ?verbose, and always on failure, one line a check. ?exclude=NAME leaves
// a check out. A failure is 503, as load balancers expect, but for that of an
// advisory check. Reasons are told with ?verbose only, and not to strangers.
func (s *Server) probe(name string, kinds ...health.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			http.Error(w, "bad query: "+err.Error(), http.StatusBadRequest)
			return
		}
		report := probeReport{name: name, verbose: query.Has("verbose"), excluded: query["exclude"]}
		report.reasons = report.verbose && s.mayKnowReasons(r)
		report.add(s.verdicts(kinds))
		report.answer(w)
	}
}

// verdicts adds the Server's own to those of the checks: "ping" says that a
// request gets through, "shutdown" that no drain has begun.
func (s *Server) verdicts(kinds []health.Kind) []health.Verdict {
	all := []health.Verdict{{Name: "ping", OK: true}}
	for _, kind := range kinds {
		for _, v := range s.options.Checks(kind) {
			all = addNew(all, v)
		}
	}
	if !slices.Contains(kinds, health.Ready) {
		return all
	}
	if s.draining.Err() != nil {
		return addNew(all, health.Verdict{Name: "shutdown", Err: "the service is shutting down"})
	}
	return addNew(all, health.Verdict{Name: "shutdown", OK: true})
}

// addNew adds a verdict unless there is one of its name.
func addNew(all []health.Verdict, v health.Verdict) []health.Verdict {
	if slices.ContainsFunc(all, func(have health.Verdict) bool { return have.Name == v.Name }) {
		return all
	}
	return append(all, v)
}

// probeReport is the text that a probe gets.
type probeReport struct {
	name     string
	verbose  bool
	reasons  bool
	excluded []string
	lines    strings.Builder
	failed   bool
}

func (p *probeReport) add(verdicts []health.Verdict) {
	unknown := slices.Clone(p.excluded)
	for _, v := range verdicts {
		if slices.Contains(p.excluded, v.Name) {
			unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == v.Name })
			p.line("[+]", v.Name, " excluded: ok")
			continue
		}
		p.verdict(v)
	}
	if len(unknown) > 0 {
		for i, name := range unknown {
			unknown[i] = strconv.Quote(name)
		}
		p.line("warn: some health checks cannot be excluded: no matches for ", strings.Join(unknown, ", "))
	}
}

func (p *probeReport) verdict(v health.Verdict) {
	took := ""
	if p.verbose && v.Latency > 0 {
		took = " (" + string(appendDuration(nil, v.Latency)) + ")"
	}
	if v.OK {
		p.line("[+]", v.Name, " ok", took)
		return
	}
	failed := " failed: "
	if v.Kind == health.Advisory {
		failed = " failed (advisory): "
	}
	p.failed = p.failed || v.Kind != health.Advisory
	reason := "reason withheld"
	if p.reasons && v.Err != "" {
		reason = printable(v.Err, maxLoggedPath)
	}
	p.line("[-]", v.Name, failed, reason, took)
}

func (p *probeReport) line(parts ...string) {
	for _, part := range parts {
		p.lines.WriteString(part)
	}
	p.lines.WriteByte('\n')
}

func (p *probeReport) answer(w http.ResponseWriter) {
	status, body := http.StatusOK, "ok"
	switch {
	case p.failed:
		status = http.StatusServiceUnavailable
		body = p.lines.String() + p.name + " check failed\n"
	case p.verbose:
		body = p.lines.String() + p.name + " check passed\n"
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// mayKnowReasons tells whether a client may see what checks say of their failure:
// one on this machine that asks itself. A Unix socket is where proxies connect.
func (s *Server) mayKnowReasons(r *http.Request) bool {
	if x := exchangeOf(r.Context()); x != nil && x.live.Reasons {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && !throughProxy(r.Header)
}

// proxyHeaders are those that proxies add.
var proxyHeaders = []string{
	"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
	"X-Forwarded-Server", "X-Real-Ip", "X-Client-Ip", "X-Original-For", "Cf-Connecting-Ip", "True-Client-Ip",
}

func throughProxy(h http.Header) bool {
	return slices.ContainsFunc(proxyHeaders, func(name string) bool { return len(h[name]) > 0 })
}
