//go:build linux

package vmtests

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// receiver is a webhook's receiver in a machine, which can be down.
type receiver struct {
	down     atomic.Bool
	refused  atomic.Int32
	received chan map[string]any
}

// listenForAlerts listens on a port of the machine.
func listenForAlerts(t *testing.T, m *machine.Machine) (r *receiver, url string) {
	t.Helper()
	l, err := m.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = &receiver{received: make(chan map[string]any, 10)}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if r.down.Load() {
			r.refused.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(io.LimitReader(request.Body, 1<<20))
		notice := map[string]any{}
		if err := json.Unmarshal(body, &notice); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		r.received <- notice
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return r, "http://" + l.Addr().(*net.TCPAddr).String() + "/hook-of-secret-token"
}

func (r *receiver) await(t *testing.T) map[string]any {
	t.Helper()
	select {
	case notice := <-r.received:
		return notice
	case <-time.After(90 * time.Second):
		t.Fatal("no alert has come")
		return nil
	}
}

// TestCrashLoopEndsWithOneAlert: five starts, and then somebody is told.
func TestCrashLoopEndsWithOneAlert(t *testing.T) {
	withTestapp(t, []string{`"TESTAPP_FAIL=the database has gone away"`}, func(t *testing.T, m *machine.Machine) {
		hook, url := listenForAlerts(t, m)
		m.Write("/etc/gind/webhook.url", url+"\n")
		m.Write("/usr/local/bin/tell", "#!/bin/sh\necho \"$GIND_ALERT_UNIT $GIND_ALERT_EXIT_STATUS\" >>/var/lib/gind/told\n")
		m.Run("chmod 755 /usr/local/bin/tell; chgrp gind /etc/gind/webhook.url && chmod 640 /etc/gind/webhook.url")
		m.Write("/usr/sbin/sendmail", "#!/bin/sh\n{ echo \"$@\"; cat; } >/var/lib/gind/mail\n")
		m.Run("chmod 755 /usr/sbin/sendmail")
		const alerts = "{alerts: {hook: {type: webhook, url: 'file:/etc/gind/webhook.url'}, script: {type: command, command: [/usr/local/bin/tell]}, admin: {type: mail, to: [root]}}}"
		configure(m, alerts)

		hook.down.Store(true)
		m.Run("systemctl reset-failed gind.service") // the package has started it too
		m.Fail(1, "systemctl start gind")
		m.Await(60*time.Second, "test $(systemctl is-failed gind) = failed")
		for deadline := time.Now().Add(30 * time.Second); hook.refused.Load() < 2 && time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
		}
		hook.down.Store(false)
		notice := hook.await(t)
		if hook.refused.Load() < 2 {
			t.Errorf("it was tried %d times while the receiver was down", hook.refused.Load())
		}
		if starts := m.Run("journalctl -u gind -o cat | grep -c '^gind: the database has gone away'"); starts != "5" {
			t.Errorf("started %s times, want 5", starts)
		}
		for name, want := range map[string]any{"unit": "gind.service", "exit_status": 1.0, "exit_code": "exited"} {
			if notice[name] != want {
				t.Errorf("%s: %v, want %v", name, notice[name], want)
			}
		}
		if reason, _ := notice["reason"].(string); !strings.Contains(reason, "the database has gone away") {
			t.Errorf("reason %q", reason)
		}
		if records, _ := notice["records"].([]any); len(records) == 0 || len(records) > 50 {
			t.Errorf("%d records", len(records))
		}
		m.Await(30*time.Second, "! systemctl is-active 'gind-alert@gind.service.service' && test $(systemctl show --value --property=Result gind-alert@gind.service.service) = success")
		if told := m.Run("cat /var/lib/gind/told"); told != "gind.service 1" {
			t.Errorf("the command was told %q", told)
		}
		if mail := m.Run("cat /var/lib/gind/mail"); !strings.HasPrefix(mail, "-i -- root\n") || !strings.Contains(mail, "Subject: ") || !strings.Contains(mail, "the database has gone away") {
			t.Errorf("mail:\n%s", mail)
		}
		if len(hook.received) > 0 {
			t.Error("the alert came twice")
		}
		if log := m.Run("journalctl --no-pager -o export -b"); strings.Contains(log, "secret-token") {
			t.Error("the webhook's address is in the journal")
		}

		// A crash has its dump in the alert.
		m.Run(`sed -i 's/TESTAPP_FAIL=.*"/TESTAPP_PANIC=this is the end"/' /etc/systemd/system/gind.service.d/test.conf && systemctl daemon-reload && systemctl reset-failed gind`)
		m.Try("systemctl start gind")
		notice = hook.await(t)
		m.Await(60*time.Second, "test $(systemctl is-failed gind) = failed")
		reason, _ := notice["reason"].(string)
		dump, _ := notice["dump"].(string)
		if !strings.Contains(reason, "panic: this is the end, at testapp/main.go:") || !strings.HasPrefix(dump, "/var/lib/gind/crashes/") {
			t.Errorf("reason %q, dump %q", reason, dump)
		}
		m.Run("grep 'panic: this is the end' " + dump)

		// Mended, it is cleared and started.
		m.Run("rm /etc/systemd/system/gind.service.d/test.conf && systemctl daemon-reload && systemctl reset-failed gind.service gind.socket && systemctl start gind.socket gind")
		if got := get(t, m.HTTP(), "/ok"); got.status != http.StatusOK {
			t.Errorf("status %d", got.status)
		}
		if report := m.Run("gind alert gind.service"); !strings.Contains(report, "told admin, hook, script: ") {
			t.Errorf("by hand: %s", report)
		}
		if notice = hook.await(t); notice["unit"] != "gind.service" {
			t.Errorf("by hand: %v", notice)
		}
	})
}
