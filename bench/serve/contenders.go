package serve

import (
	"fmt"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/vm-tests/machine"
)

// contender is a server under load.
type contender struct {
	label string
	name  string // of its unit, after bench-
	port  int
	start func(*lab.Session, *machine.Machine, contender)
}

func (c contender) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", c.port, path) }

// handlers answer [hello.Text] at /hello. Their ratios are to the first.
var handlers = []contender{
	gin("gin.New(), no log", 8201, "none", ""),
	gin("gin.New(), a handler that is busy for 1 µs", 8209, "none -spent 1us", ""),
	gin("gin.Default(), log to /dev/null", 8202, "default", "StandardOutput=null"),
	gin("gin.Default(), log to a file", 8203, "default", "StandardOutput=append:/var/log/gin.log"),
	gin("gin.Default(), log to the journal (stdout)", 8204, "default", ""),
	gin("gin.New(), log by systemd/slog-journal", 8205, "journal", ""),
	gind("**gind**, as it comes", 8206, "gind-hello serve", ""),
	gind("**gind**, without journald: log to the mirror", 8207, "gind-hello serve", "InaccessiblePaths=/run/systemd/journal/socket"),
	gind("**gind**, no access log", 8208, "gind-hello serve --set log.access=false", ""),
}

// sharing answer the same on all cores, which they share with the load.
var sharing = []contender{
	gin("gin.New(), no log", 8221, "none", lab.AllCores()),
	gin("gin.Default(), log to a file", 8222, "default", lab.AllCores()+"\nStandardOutput=append:/var/log/gin-shared.log"),
	gin("gin.New(), log by systemd/slog-journal", 8223, "journal", lab.AllCores()),
	gind("**gind**, as it comes", 8224, "gind-hello serve", lab.AllCores()),
}

// files serve the same file. Their ratios are to the first.
var files = []contender{
	nginx("nginx", 8211, "access_log /var/log/nginx/bench.log;"),
	caddy("caddy", 8212, "log {\n    output file /var/log/caddy/bench.log\n  }"),
	gind("**gind**", 8213, "gind serve --root "+root, ""),
}

// filesUnlogged are the same without an access log.
var filesUnlogged = []contender{
	nginx("nginx", 8214, "access_log off;"),
	caddy("caddy", 8215, ""),
	gind("**gind**", 8216, "gind serve --set log.access=false --root "+root, ""),
}

func gin(label string, port int, log, unitLine string) contender {
	return contender{label, fmt.Sprintf("gin-%d", port), port, func(_ *lab.Session, m *machine.Machine, c contender) {
		lab.Start(m, lab.Unit{Name: c.name, Service: lab.Lines(
			fmt.Sprintf("ExecStart=%s/gin -address 127.0.0.1:%d -log %s", lab.Mounted, port, log), unitLine)})
	}}
}

func gind(label string, port int, command, unitLine string) contender {
	return contender{label, fmt.Sprintf("gind-%d", port), port, func(s *lab.Session, m *machine.Machine, c contender) {
		s.StartAsGind(m, c.name, fmt.Sprintf("%s --listen 127.0.0.1:%d", command, port), unitLine)
	}}
}

func nginx(label string, port int, access string) contender {
	conf := fmt.Sprintf("/etc/bench/nginx-%d.conf", port)
	return contender{label, fmt.Sprintf("nginx-%d", port), port, func(_ *lab.Session, m *machine.Machine, c contender) {
		lab.Start(m, lab.Unit{
			Name:    c.name,
			Service: "ExecStart=/usr/sbin/nginx -c " + conf + "\n",
			Files: map[string]string{conf: lab.Lines(
				"daemon off;",
				fmt.Sprintf("pid /run/nginx-%d.pid;", port),
				"user www-data;",
				fmt.Sprintf("worker_processes %d;", lab.ServerCores()),
				"events { worker_connections 1024; }",
				"http {",
				"  include /etc/nginx/mime.types;",
				"  sendfile on;",
				"  tcp_nopush on;",
				"  keepalive_requests 100000000;",
				"  "+access,
				fmt.Sprintf("  server { listen 127.0.0.1:%d; root %s; }", port, root),
				"}")},
		})
	}}
}

func caddy(label string, port int, log string) contender {
	conf := fmt.Sprintf("/etc/bench/Caddyfile-%d", port)
	return contender{label, fmt.Sprintf("caddy-%d", port), port, func(_ *lab.Session, m *machine.Machine, c contender) {
		lab.Start(m, lab.Unit{
			Name: c.name,
			Service: lab.Lines("Type=notify", "Environment=HOME=/tmp",
				"ExecStart=/usr/bin/caddy run --adapter caddyfile --config "+conf),
			Files: map[string]string{conf: lab.Lines(
				"{",
				"  admin off",
				"  auto_https off",
				"}",
				fmt.Sprintf("http://127.0.0.1:%d {", port),
				"  root * "+root,
				"  file_server",
				"  "+log,
				"}")},
		})
	}}
}
