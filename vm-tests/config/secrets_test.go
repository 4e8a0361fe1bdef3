//go:build linux

package config

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// TestSecretsAreNeverShown: a credential of systemd's, an encrypted one, one in a
// file and one that is written out; not by a command, in the history, in the
// journal, by a panic with the config in it, nor in the dump of a crash.
func TestSecretsAreNeverShown(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		secrets := []string{"hunter22", "tr0ub4dor", "swordfish", "correct-horse"}
		m.Write("/root/token", "hunter22\n")
		service.DropIn(m, "gind.service", "[Service]", "LoadCredential=token:/root/token", "LoadCredentialEncrypted=sealed:/etc/gind/sealed.cred")
		m.Run("chmod 600 /root/token && printf tr0ub4dor | systemd-creds encrypt --name=sealed --with-key=host - /etc/gind/sealed.cred")
		if sealed := m.Run("cat /etc/gind/sealed.cred"); strings.Contains(sealed, "tr0ub4dor") {
			t.Fatal("it is not encrypted")
		}
		use := func(token string) {
			t.Helper()
			service.Configure(m, listenHTTP, "pair: {token: '"+token+"'}")
			m.Run("gind reload")
			if got := m.Run("gind config show --running"); strings.Contains(token, ":") && !strings.Contains(got, token) {
				t.Errorf("the reference is not shown: %s", got)
			}
		}
		length := func() string { return service.Get(t, m.HTTP(), "/pair").Body }
		service.Configure(m, listenHTTP, "pair: {token: 'credential:token'}")
		m.Run("systemctl start gind.socket gind")
		if got := length(); got != "0 0 8\n" {
			t.Errorf("the credential is not used: %q", got)
		}
		use("credential:sealed")
		if got := length(); got != "0 0 9\n" {
			t.Errorf("the encrypted credential is not used: %q", got)
		}

		m.Write("/etc/gind/token", "swordfish\n")
		m.Run("chmod 644 /etc/gind/token")
		service.Configure(m, listenHTTP, "pair: {token: 'file:/etc/gind/token'}")
		if refused := m.Fail(78, "gind reload"); !strings.Contains(refused, "everybody can read") {
			t.Errorf("a secret that everybody can read is taken in production:\n%s", refused)
		}
		m.Run("chgrp gind /etc/gind/token && chmod 640 /etc/gind/token")
		use("file:/etc/gind/token")

		service.Configure(m, listenHTTP, "pair: {token: correct-horse}")
		if refused := m.Fail(78, "gind check"); !strings.Contains(refused, "/etc/gind/gind.yaml:2:15: pair.token: the secret is written out in a file that everybody can read") {
			t.Errorf("a secret that is written out where everybody can read it is taken in production:\n%s", refused)
		}
		m.Run("chgrp gind /etc/gind/gind.yaml && chmod 640 /etc/gind/gind.yaml && gind reload")
		if got := length(); got != "0 0 13\n" {
			t.Errorf("the secret is not used: %q", got)
		}
		service.Configure(m, listenHTTP, "pair: {token: correct-horse, first: x}")
		m.Fail(78, "gind reload")
		m.Fail(78, "gind check")

		if got := service.Get(t, m.HTTP(), "/panic-with-config"); got.Status != http.StatusInternalServerError {
			t.Errorf("status %d", got.Status)
		}
		m.Run("systemctl kill --signal=ABRT --kill-who=main gind")
		m.Await(20*time.Second, "journalctl -u gind -o cat | grep SIGABRT")
		all := m.Run("gind config history --json; gind config show || true; for n in $(seq 9); do gind config show $n; done; gind config diff; " +
			"gind status --json || true; gind check --json || true; journalctl -o json --all; cat /var/lib/gind/config/* /var/log/gind/* || true")
		for _, secret := range secrets {
			if strings.Contains(all, secret) {
				t.Errorf("%s is shown", secret)
			}
		}
		for _, want := range []string{"credential:token", "file:/etc/gind/token", "[redacted]", "the config was {First:0"} {
			if !strings.Contains(all, want) {
				t.Errorf("%q is not shown: has this looked where it is to?", want)
			}
		}
	})
}
