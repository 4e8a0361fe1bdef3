//go:build linux

package restart

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
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
defaults
	mode http
	timeout connect 20s
	timeout client 60s
	timeout server 60s
frontend statistics
	bind 127.0.0.1:8083
	stats enable
	stats uri /
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
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 20
		service.StartForLoad(m)
		m.Write("/etc/nginx/nginx.conf", nginxConfig)
		m.Write("/etc/haproxy/haproxy.cfg", haproxyConfig)
		m.Run("systemctl stop nginx haproxy && rm -f /var/log/nginx/*.log && systemctl start nginx haproxy")

		var done acknowledged
		throughNginx := traffic.Start(t, m, client.Options{Conns: conns, Pause: 10 * time.Millisecond,
			Dial: traffic.DialerTo(m, "127.0.0.1:8081"), Exchange: done.post})
		throughHAProxy := traffic.Start(t, m, client.Options{Conns: conns, Pause: 10 * time.Millisecond,
			Dial: traffic.DialerTo(m, "127.0.0.1:8082"), Exchange: done.post})
		repeat(m, service.Restart, rounds)
		repeat(m, service.Upgrade, rounds)
		nginx, haproxy := traffic.Stop(t, throughNginx, conns), traffic.Stop(t, throughHAProxy, conns)
		done.wantRecordedOnce(t, m)

		// The last lines may come a moment after the answers that they are about.
		m.Await(5*time.Second, fmt.Sprintf("test $(wc -l </var/log/nginx/access.log) -ge %d", nginx.Exchanges))
		if got, want := strings.TrimSpace(m.Run("sort /var/log/nginx/access.log | uniq -c")), fmt.Sprintf("%d 200 200 127.0.0.1:8080", nginx.Exchanges); got != want {
			t.Errorf("nginx has in its log:\n%s\nwant\n%s", got, want)
		}
		if log := m.Run("cat /var/log/nginx/error.log"); log != "" {
			t.Errorf("nginx complains:\n%s", log)
		}
		wantHAProxy(t, m, haproxy.Exchanges)
	}, machine.With("nginx-light", "haproxy"))
}

// wantHAProxy looks at the counters of HAProxy's only server: all requests were
// answered well, none was tried again, and the server was never taken for down.
func wantHAProxy(t *testing.T, m *machine.Machine, requests int) {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(m.Run("curl --silent --fail 'http://127.0.0.1:8083/;csv'"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	row := slices.IndexFunc(table, func(row []string) bool { return row[0] == "gind" && row[1] == "gind" })
	for name, want := range map[string]int{
		"hrsp_2xx": requests, "hrsp_4xx": 0, "hrsp_5xx": 0,
		"econ": 0, "eresp": 0, "wretr": 0, "wredis": 0, "chkdown": 0,
	} {
		column := slices.Index(table[0], name)
		if column < 0 || row < 0 || table[row][column] != strconv.Itoa(want) {
			t.Errorf("haproxy's %s is not %d:\n%v", name, want, table)
		}
	}
}
