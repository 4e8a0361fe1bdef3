//go:build linux

package crash

import (
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
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

const databaseGone = "the database of Köln has gone away"

// toldBy has the webhook that url names in a file, and returns what the config says of it.
func toldBy(m *machine.Machine, url string) string {
	m.Write("/etc/gind/webhook.url", url+"\n")
	m.Run("chgrp gind /etc/gind/webhook.url && chmod 640 /etc/gind/webhook.url")
	return "hook: {type: webhook, url: 'file:/etc/gind/webhook.url'}"
}

// TestCrashLoopIsToldOnce: after five starts somebody is told, while it goes on trying; and
// again if it is given up.
func TestCrashLoopIsToldOnce(t *testing.T) {
	installed.Testapp(t, []string{`"TESTAPP_FAIL=` + databaseGone + `"`}, func(t *testing.T, m *machine.Machine) {
		hook, url := listenForAlerts(t, m)
		m.Write("/usr/local/bin/tell", "#!/bin/sh\necho \"$GIND_ALERT_UNIT $GIND_ALERT_RESULT\" >>/var/lib/gind/told\n")
		m.Run("chmod 755 /usr/local/bin/tell")
		alerts := "alerts: {" + toldBy(m, url) + ", script: {type: command, command: [/usr/local/bin/tell]}, admin: {type: mail, to: [root]}}"
		const backoff = "backoff: {first: 1s, min: 4s, max: 4s}"
		service.Configure(m, alerts, backoff)

		hook.down.Store(true)
		m.Run("systemctl reset-failed gind.service") // the package has started it too
		m.Fail(1, "systemctl start gind")
		for deadline := time.Now().Add(60 * time.Second); hook.refused.Load() < 2 && time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
		}
		hook.down.Store(false)
		notice := hook.await(t)
		if hook.refused.Load() < 2 {
			t.Errorf("it was tried %d times while the receiver was down", hook.refused.Load())
		}
		for name, want := range map[string]any{"unit": "gind.service", "result": "crash-loop", "crash_loop": true} {
			if notice[name] != want {
				t.Errorf("%s: %v, want %v", name, notice[name], want)
			}
		}
		if reason, _ := notice["reason"].(string); !strings.HasPrefix(reason, "5 starts have failed since ") || !strings.HasSuffix(reason, "; it goes on trying every 4s; the last: "+databaseGone) {
			t.Errorf("reason %q", reason)
		}
		if records, _ := notice["records"].([]any); len(records) == 0 || len(records) > 50 {
			t.Errorf("%d records", len(records))
		}
		if state := m.Try("systemctl is-active gind").Output; state != "activating" {
			t.Errorf("it is %s, and goes on trying", state)
		}
		m.Await(30*time.Second, "test -s /var/lib/gind/told")
		if told := m.Run("cat /var/lib/gind/told"); told != "gind.service crash-loop" {
			t.Errorf("the command was told %q", told)
		}
		wantMail(t, m)
		starts := len(pauses(t, m))
		for deadline := time.Now().Add(30 * time.Second); len(pauses(t, m)) < starts+3 && time.Now().Before(deadline); {
			time.Sleep(time.Second)
		}
		if len(hook.received) > 0 {
			t.Error("the alert came twice")
		}
		if log := m.Run("journalctl --no-pager -o export -b"); strings.Contains(log, "secret-token") {
			t.Error("the webhook's address is in the journal")
		}

		// With another config the row begins anew, and after a while it is given up.
		service.Configure(m, alerts, backoff, "start: {give_up: 5s}")
		if notice = hook.await(t); notice["crash_loop"] != nil || notice["exit_status"] != 69.0 {
			t.Errorf("given up: %v", notice)
		}
		if reason, _ := notice["reason"].(string); !strings.Contains(reason, "the service is given up: ") || !strings.Contains(reason, databaseGone) {
			t.Errorf("given up: %q", reason)
		}
		m.Await(10*time.Second, "test $(systemctl is-failed gind) = failed")

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

		// A mail system delivers once gind alert has ended, and nothing ends that:
		// the mailbox is in use for a while.
		service.Configure(m, "alerts: {admin: {type: mail, to: [root]}}")
		const alertEnds = "test $(systemctl show --value --property=ActiveState gind-alert@gind.service.service) = inactive"
		m.Await(30*time.Second, alertEnds)
		m.Run(": >/var/mail/root && systemd-run --unit=reader flock /var/mail/root sleep 1000")
		m.Await(10*time.Second, "! flock --nonblock /var/mail/root true")
		m.Run("systemctl start gind-alert@gind.service.service")
		m.Await(30*time.Second, alertEnds)
		m.Run("test ! -s /var/mail/root && systemctl stop reader")
		m.Await(30*time.Second, "grep '^Subject: ' /var/mail/root")
		service.Configure(m, alerts)

		// Mended, it is cleared and started.
		m.Run("rm /etc/systemd/system/gind.service.d/test.conf && systemctl daemon-reload && systemctl reset-failed gind.service gind.socket && systemctl start gind.socket gind")
		if got := service.Get(t, m.HTTP(), "/ok"); got.Status != http.StatusOK {
			t.Errorf("status %d", got.Status)
		}
		if report := m.Run("gind alert gind.service"); !strings.Contains(report, "told admin, hook, script: ") {
			t.Errorf("by hand: %s", report)
		}
		if notice = hook.await(t); notice["unit"] != "gind.service" {
			t.Errorf("by hand: %v", notice)
		}
	}, installed.WithMailAndOpenSSL)
}

// wantMail reads the only mail that root has.
func wantMail(t *testing.T, m *machine.Machine) {
	t.Helper()
	mbox := m.Await(30*time.Second, "cat /var/mail/root")
	envelope, text, _ := strings.Cut(mbox, "\n")
	message, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil || !strings.HasPrefix(envelope, "From ") || strings.Contains(text, "\nFrom ") {
		t.Fatalf("not one mail: %v\n%s", err, mbox)
	}
	defer func() {
		if t.Failed() {
			t.Log(mbox)
		}
	}()
	body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil || !utf8.Valid(body) {
		t.Errorf("the body: %v", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "gind.service on ") || !strings.Contains(subject, " is in a crash loop: 5 starts have failed since ") || !strings.Contains(subject, databaseGone) {
		t.Errorf("subject %q, %v", subject, err)
	}
	if date, err := message.Header.Date(); err != nil || time.Since(date).Abs() > 10*time.Minute {
		t.Errorf("date %v, %v", date, err)
	}
	for name, want := range map[string]string{
		"From": "gind@", "To": "root", "Message-Id": "@", "Auto-Submitted": "auto-generated",
		"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "quoted-printable",
	} {
		if all := message.Header[name]; len(all) != 1 || !strings.Contains(all[0], want) {
			t.Errorf("%s: %q, want one with %q", name, all, want)
		}
	}
	if n := strings.Count(string(body), databaseGone); n < 5 {
		t.Errorf("the body has the reason %d times, and there were five records", n)
	}
}
