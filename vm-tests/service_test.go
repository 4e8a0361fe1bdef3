//go:build linux

package vmtests

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/programs"
)

const (
	origin     = "http://127.0.0.1:8080"
	configFile = "/etc/gind/gind.yaml"
)

// withTestapp runs a test on machines where testapp, set up by variables
// ("NAME=value"), serves in gind's place. It is not started yet.
func withTestapp(t *testing.T, variables []string, test func(t *testing.T, m *machine.Machine), opts ...machine.Option) {
	t.Helper()
	withGind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.socket gind.service")
		m.Copy(programs.Build(t, "testapp"), "/usr/bin/gind")
		for _, variable := range variables {
			dropIn(m, "gind.service", "[Service]\nEnvironment="+variable)
		}
		test(t, m)
	}, opts...)
}

// configure writes the whole config.
func configure(m *machine.Machine, lines ...string) {
	m.Write(configFile, strings.Join(lines, "\n")+"\n")
}

// dropIn adds lines to a unit, as "systemctl edit" would.
func dropIn(m *machine.Machine, unit string, lines ...string) {
	m.Run("mkdir -p /etc/systemd/system/" + unit + ".d")
	m.Run("printf '%s\\n' " + machine.Quote(strings.Join(lines, "\n")) + " >>/etc/systemd/system/" + unit + ".d/test.conf")
	m.Run("systemctl daemon-reload")
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, client *http.Client, path string, headers ...string) answer {
	t.Helper()
	response, err := request(client, path, headers...)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return response
}

// request is get for goroutines, which cannot end the test.
func request(client *http.Client, path string, headers ...string) (answer, error) {
	request, err := http.NewRequest(http.MethodGet, origin+path, nil)
	if err != nil {
		return answer{}, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

// property asks systemd for one property of gind.service.
func property(m *machine.Machine, name string) string {
	return m.Run("systemctl show --value --property=" + name + " gind.service")
}
