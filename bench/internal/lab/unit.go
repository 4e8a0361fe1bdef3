package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// Unit is a systemd service of a machine.
type Unit struct {
	Name    string            // without .service; it is installed as bench-NAME
	Service string            // lines of its [Service] section
	Socket  string            // lines of a [Socket] section, if systemd opens its socket
	Files   map[string]string // files it needs, by their path
}

// NoRateLimit is the line of a unit that keeps journald from dropping its
// records. (LogRateLimitIntervalSec=0 means journald's own limit.)
const NoRateLimit = "LogRateLimitBurst=1000000000"

// limits are the same for all contenders: no bound on restarts, none on records.
const limits = "[Unit]\nStartLimitIntervalSec=0\n\n[Service]\n" + NoRateLimit + "\n"

// Start installs units and starts them, sockets first.
func Start(m *machine.Machine, units ...Unit) {
	var sockets, services []string
	for _, u := range units {
		for path, content := range u.Files {
			m.Write(path, content)
		}
		name := "bench-" + u.Name
		m.Write("/etc/systemd/system/"+name+".service", limits+u.Service)
		services = append(services, name+".service")
		if u.Socket != "" {
			m.Write("/etc/systemd/system/"+name+".socket", "[Socket]\n"+u.Socket)
			sockets = append(sockets, name+".socket")
		}
	}
	m.Run("systemctl daemon-reload && systemctl start " + strings.Join(append(sockets, services...), " "))
}

// InstallGind installs and starts a program as the package installs gind: with
// gind's own units, user and folders, and without a config.
func (s *Session) InstallGind(m *machine.Machine, program string) {
	s.addUser(m)
	m.Copy(s.Program(program), "/usr/bin/gind")
	m.Copy(s.packaging("gind.tmpfiles"), "/usr/lib/tmpfiles.d/gind.conf")
	for _, unit := range []string{"gind.service", "gind.socket", "gind-control.socket"} {
		m.Copy(s.packaging(unit), "/usr/lib/systemd/system/"+unit)
	}
	m.Write("/etc/systemd/system/gind.service.d/bench.conf", limits)
	m.Run("systemd-tmpfiles --create gind.conf && systemctl daemon-reload && systemctl start gind.socket gind.service")
}

// StartAsGind starts a command as gind is started: by the unit of the package,
// hardening included, but with folders of its own, no sockets from systemd, and
// one more line in the unit.
func (s *Session) StartAsGind(m *machine.Machine, name, command, line string) {
	s.addUser(m)
	text, err := os.ReadFile(s.packaging("gind.service"))
	s.Must(err)
	unit := "bench-" + name + ".service"
	m.Write("/etc/systemd/system/"+unit, standingAlone(string(text)))
	lines := Lines("ExecStart=", "ExecStart="+Mounted+"/"+command, line)
	for _, folder := range []string{"ConfigurationDirectory", "RuntimeDirectory", "StateDirectory", "LogsDirectory"} {
		lines += Lines(folder+"=", folder+"="+name)
	}
	m.Write("/etc/systemd/system/"+unit+".d/bench.conf", limits+lines)
	m.Run("systemctl daemon-reload && systemctl start " + unit)
}

// addUser makes the user that gind's unit names.
func (s *Session) addUser(m *machine.Machine) {
	m.Copy(s.packaging("gind.sysusers"), "/usr/lib/sysusers.d/gind.conf")
	m.Run("systemd-sysusers gind.conf")
}

// packaging is the path of a file of gind's packages.
func (s *Session) packaging(name string) string {
	root, err := Repository()
	s.Must(err)
	return filepath.Join(root, "packaging", "systemd", name)
}

// standingAlone leaves out what only one unit may have: the sockets, which no
// drop-in can reset, and the name on the bus.
func standingAlone(unit string) string {
	var b strings.Builder
	for line := range strings.Lines(unit) {
		if !strings.HasPrefix(line, "Sockets=") && !strings.HasPrefix(line, "BusName=") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Await waits until something answers at a URL inside the machine.
func Await(m *machine.Machine, url string) {
	m.Await(10*time.Second, "curl --silent --show-error --fail --output /dev/null "+machine.Quote(url))
}

// Lines joins the lines of a unit or a config.
func Lines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// Environment is the line of a unit that sets a variable.
func Environment(name, value string) string { return fmt.Sprintf("Environment=%s=%s", name, value) }

// WriteFile writes a file into the session's folder.
func (s *Session) WriteFile(name, content string) {
	s.Must(os.WriteFile(filepath.Join(s.Dir(), name), []byte(content), 0o644))
}
