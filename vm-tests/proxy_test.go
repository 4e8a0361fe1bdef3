//go:build linux

package vmtests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/machine"
)

const nginxConfig = `
worker_processes 1;
error_log /var/log/nginx/error.log warn;
events { worker_connections 1024; }
http {
	log_format upstream '$status $upstream_status $upstream_addr';
	access_log /var/log/nginx/access.log upstream;
	upstream gind {
		server 127.0.0.1:8080;
		keepalive 64;
	}
	server {
		listen 127.0.0.1:8081;
		client_max_body_size 2m;
		client_body_buffer_size 2m;
		location / {
			proxy_pass http://gind;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
}
`

const haproxyConfig = `
global
	log stdout format raw local0
defaults
	mode http
	log global
	log-format "request %ST %ts retries=%rc"
	timeout connect 20s
	timeout client 60s
	timeout server 60s
frontend proxy
	bind 127.0.0.1:8082
	default_backend gind
backend gind
	http-reuse always
	option httpchk GET /readyz
	server gind 127.0.0.1:8080 check
`

// Behind a proxy that keeps its connections, a restart is no 502 and no 503,
// and not for want of trying again: POSTs are not.
func TestProxiesNoticeNoRestart(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 20
		prepare(m)
		m.Write("/etc/nginx/nginx.conf", nginxConfig)
		m.Write("/etc/haproxy/haproxy.cfg", haproxyConfig)
		m.Run("systemctl stop nginx haproxy && rm -f /var/log/nginx/*.log && systemctl start nginx haproxy")

		var done acknowledged
		throughNginx := startLoad(t, m, client.Options{Conns: conns, Pause: 10 * time.Millisecond,
			Dial: dialerTo(m, "127.0.0.1:8081"), Exchange: done.post})
		throughHAProxy := startLoad(t, m, client.Options{Conns: conns, Pause: 10 * time.Millisecond,
			Dial: dialerTo(m, "127.0.0.1:8082"), Exchange: done.post})
		repeat(m, restart, rounds)
		repeat(m, upgrade, rounds)
		nginx, haproxy := stopLoad(t, throughNginx, conns), stopLoad(t, throughHAProxy, conns)
		done.wantRecordedOnce(t, m)

		wantLines(t, m, "cat /var/log/nginx/access.log", "200 200 127.0.0.1:8080", nginx.Exchanges)
		if log := m.Run("cat /var/log/nginx/error.log"); log != "" {
			t.Errorf("nginx complains:\n%s", log)
		}
		wantLines(t, m, "journalctl --sync; journalctl --unit haproxy --output cat --grep ^request", "request 200 -- retries=0", haproxy.Exchanges)
		if log := m.Run("journalctl --unit haproxy --output cat"); strings.Contains(log, "DOWN") {
			t.Errorf("haproxy has taken the service for down:\n%s", log)
		}
	}, machine.With("nginx-light", "haproxy"))
}

// wantLines wants a log to be that line, and so many times. The last ones may
// come a moment after the answers that they are about.
func wantLines(t *testing.T, m *machine.Machine, log, line string, want int) {
	t.Helper()
	m.Await(10*time.Second, fmt.Sprintf("test $( (%s) | wc -l) -ge %d", log, want))
	if got := m.Run("(" + log + ") | sort | uniq -c | sort -rn | sed 's/^ *//' | head"); got != fmt.Sprintf("%d %s", want, line) {
		t.Errorf("%s: want %d times %q:\n%s", log, want, line, got)
	}
}
