package restart

import (
	"fmt"

	"github.com/gind/gind/bench/internal/hello"
	"github.com/gind/gind/bench/internal/lab"
)

// contender is a server and the way it is restarted.
type contender struct {
	label   string
	process string // the name of its processes
	port    int
	restart string // a line of shell; empty: it is left alone
	stays   int    // how many of its processes are the same after a restart
}

func (c contender) address() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

// path is what every contender answers with [hello.Text].
const path = "/hello"

// contenders are the rows of the table. Those that gind is measured against
// are restarted as their own documentation says.
var contenders = []contender{
	{label: "gind, left alone", process: "gind", port: 8080, stays: 1},
	{label: "gind, `systemctl restart`", process: "gind", port: 8080, restart: "systemctl restart gind"},
	{label: "gind, `gind upgrade`", process: "gind", port: 8080, restart: "gind upgrade"},
	{label: "net/http, activated socket", process: "nethttp", port: 8101, restart: "systemctl restart bench-nethttp"},
	{label: "cloudflare/tableflip", process: "tableflip", port: 8102, restart: "systemctl reload bench-tableflip"},
	{label: "fvbock/endless", process: "endless", port: 8103, restart: "systemctl reload bench-endless"},
	{label: "facebookgo/grace", process: "grace", port: 8104, restart: "systemctl reload bench-grace"},
	{label: "jpillora/overseer", process: "overseer", port: 8105, restart: "systemctl reload bench-overseer", stays: 1},
	{label: "`nginx -s reload`", process: "nginx", port: 8106, restart: "nginx -c /etc/bench/nginx.conf -s reload", stays: 1},
	{label: "`caddy reload`", process: "caddy", port: 8107, stays: 1,
		restart: "caddy reload --force --config /etc/bench/Caddyfile --adapter caddyfile --address 127.0.0.1:8197"},
	{label: "haproxy, `systemctl reload`", process: "haproxy", port: 8108, restart: "systemctl reload bench-haproxy", stays: 1},
}

// cut is when overseer ends the connections of its last child. Its own default
// is 30 s, and they would break after the run.
const cut = "500ms"

// units are the contenders other than gind as systemd services.
func units() []lab.Unit {
	return []lab.Unit{
		{
			Name:   "nethttp",
			Socket: "ListenStream=127.0.0.1:8101\nBacklog=4096\n",
			Service: lab.Lines("Type=notify",
				"ExecStart="+lab.Mounted+"/nethttp"),
		},
		successor("tableflip", 8102, "HUP"),
		successor("endless", 8103, "HUP"),
		successor("grace", 8104, "USR2"),
		{
			Name: "overseer",
			Service: lab.Lines(
				"ExecStart="+lab.Mounted+"/overseer -address 127.0.0.1:8105 -timeout "+cut,
				"ExecReload=kill -USR2 $MAINPID"),
		},
		nginx(), caddy(), haproxy(),
	}
}

// successor is a unit of a program that starts its successor itself, which
// then is the main process: systemd reads its id from a file.
func successor(name string, port int, signal string) lab.Unit {
	pidFile := "/run/" + name + ".pid"
	return lab.Unit{
		Name: name,
		Service: lab.Lines(
			fmt.Sprintf("ExecStart=%s/%s -address 127.0.0.1:%d -pid-file %s", lab.Mounted, name, port, pidFile),
			"ExecReload=kill -"+signal+" $MAINPID",
			"PIDFile="+pidFile),
	}
}

func nginx() lab.Unit {
	return lab.Unit{
		Name: "nginx",
		Files: map[string]string{"/etc/bench/nginx.conf": lab.Lines(
			"daemon off;",
			"pid /run/nginx.pid;",
			"worker_processes auto;",
			"worker_rlimit_nofile 20000;",
			"events { worker_connections 10000; }",
			"http {",
			"  access_log off;",
			"  keepalive_requests 1000000;",
			"  default_type text/plain;",
			"  server { listen 127.0.0.1:8106 backlog=4096; return 200 "+quoted+"; }",
			"}")},
		Service: "ExecStart=/usr/sbin/nginx -c /etc/bench/nginx.conf\n",
	}
}

func caddy() lab.Unit {
	return lab.Unit{
		Name: "caddy",
		Files: map[string]string{"/etc/bench/Caddyfile": lab.Lines(
			"{",
			"  admin 127.0.0.1:8197",
			"  auto_https off",
			"}",
			"http://127.0.0.1:8107 {",
			"  respond "+quoted,
			"}")},
		Service: lab.Lines("Type=notify", lab.Environment("HOME", "/tmp"),
			"ExecStart=/usr/bin/caddy run --config /etc/bench/Caddyfile --adapter caddyfile"),
	}
}

func haproxy() lab.Unit {
	return lab.Unit{
		Name: "haproxy",
		Files: map[string]string{"/etc/bench/haproxy.cfg": lab.Lines(
			"global",
			"  maxconn 9000",
			"defaults",
			"  mode http",
			"  timeout client 60s",
			"  timeout http-request 60s",
			"  timeout http-keep-alive 60s",
			"frontend hello",
			"  bind 127.0.0.1:8108 backlog 4096",
			"  http-request return status 200 content-type text/plain string "+quoted)},
		Service: lab.Lines("Type=notify",
			"ExecStart=/usr/sbin/haproxy -Ws -f /etc/bench/haproxy.cfg -p /run/haproxy.pid",
			"ExecReload=kill -USR2 $MAINPID",
			"KillMode=mixed"),
	}
}

// quoted is the answer as nginx, caddy and haproxy write it.
var quoted = fmt.Sprintf("%q", hello.Text)
