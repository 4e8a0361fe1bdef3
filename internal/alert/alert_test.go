package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var notice = Notice{
	Unit: "gind.service", Host: "web1", Result: "start-limit-hit", ExitStatus: 1, ExitCode: "exited", Restarts: 5,
	Reason: "no größe in the database", Remedy: "systemctl reset-failed gind.service", Dump: "/var/lib/gind/crashes/3.txt", Time: time.Unix(1e9, 0).UTC(),
	Records: []string{"first", "se\ncond\x00"},
}

func once(via Via) []Target { return []Target{{Name: "test", Via: via, Timeout: 20 * time.Second}} }

func TestWebhookGetsTheWholeNotice(t *testing.T) {
	var got webhookBody
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
	}))
	defer server.Close()
	if err := Send(t.Context(), once(Webhook{URL: server.URL, Header: map[string]string{"authorization": "Bearer x"}}), notice); err != nil {
		t.Fatal(err)
	}
	if got.Text != "gind.service on web1 has failed (start-limit-hit): no größe in the database" ||
		got.Unit != notice.Unit || got.Dump != notice.Dump || got.ExitStatus != 1 || !got.Time.Equal(notice.Time) ||
		len(got.Records) != 2 || got.Records[1] != "se cond " {
		t.Errorf("%+v", got)
	}
	if header.Get("Authorization") != "Bearer x" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", header)
	}
}

func TestWebhookIsTriedAgainUntilItsTimeIsUp(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	target := Target{Name: "test", Via: Webhook{URL: server.URL}, RetryFor: time.Minute}
	if err := Send(t.Context(), []Target{target}, notice); err != nil || asked.Load() != 2 {
		t.Errorf("%v after %d attempts", err, asked.Load())
	}
	asked.Store(-100)
	target.RetryFor = 0
	if err := Send(t.Context(), []Target{target}, notice); err == nil || !strings.Contains(err.Error(), "alert test: the webhook answered 503") || asked.Load() != -99 {
		t.Errorf("%v after %d attempts", err, asked.Load()+100)
	}
}

func TestWebhookThatRefusesIsNotAskedAgain(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	err := Send(t.Context(), []Target{{Name: "test", Via: Webhook{URL: server.URL}, RetryFor: time.Minute}}, notice)
	if err == nil || asked.Load() != 1 {
		t.Errorf("%v after %d attempts", err, asked.Load())
	}
}

func TestSecretsOfAWebhookAreInNoError(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:1/swordfish", "http://[swordfish", "swordfish://x"} {
		err := Send(t.Context(), once(Webhook{URL: url, Header: map[string]string{"X": "swordfish\n"}}), notice)
		if err == nil || strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestOneTargetDoesNotHoldUpAnother(t *testing.T) {
	told := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		err := Send(ctx, []Target{
			{Name: "hangs", Via: Webhook{URL: "http://127.0.0.1:1/"}, RetryFor: time.Hour},
			{Name: "test", Via: viaFunc(func() { close(told) })},
		}, notice)
		if err == nil || !strings.Contains(err.Error(), "alert hangs: ") || strings.Contains(err.Error(), "alert test") {
			t.Error(err)
		}
	})
	<-told
	cancel()
	all.Wait()
}

type viaFunc func()

func (f viaFunc) deliver(context.Context, Notice) error {
	f()
	return nil
}

// script writes a program.
func script(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell to write a program in")
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandGetsTheNoticeAsJSONAndInVariables(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	program := script(t, `{ cat; echo; echo "$GIND_ALERT_UNIT|$GIND_ALERT_RESULT|$GIND_ALERT_SUBJECT|$1"; } >`+out)
	if err := Send(t.Context(), once(Command{Args: []string{program, "an; echo argument"}}), notice); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	body, variables, _ := strings.Cut(string(text), "\n")
	var got Notice
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Unit != notice.Unit || len(got.Records) != 2 {
		t.Errorf("%v: %+v", err, got)
	}
	if want := "gind.service|start-limit-hit|" + notice.Subject() + "|an; echo argument\n"; variables != want {
		t.Errorf("%q, want %q", variables, want)
	}
}

func TestCommandThatFailsSaysWhy(t *testing.T) {
	err := Send(t.Context(), once(Command{Args: []string{script(t, "echo the pager is off >&2\nexit 3")}}), notice)
	if err == nil || !strings.Contains(err.Error(), "exit status 3: the pager is off") {
		t.Error(err)
	}
	err = Send(t.Context(), []Target{{Name: "test", Via: Command{Args: []string{"/none/at/all"}}, RetryFor: time.Minute}}, notice)
	if err == nil || !strings.Contains(err.Error(), "(attempt 1)") {
		t.Error(err)
	}
	slow := Target{Name: "test", Via: Command{Args: []string{script(t, "exec sleep 60")}}, Timeout: 100 * time.Millisecond}
	if err := Send(t.Context(), []Target{slow}, notice); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		t.Error(err)
	}
}

func TestMailIsOneThatAMailSystemTakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	sendmail := script(t, `echo "$@" >`+out+`; cat >>`+out)
	if err := Send(t.Context(), once(Mail{To: []string{"root", "on-call@example.org"}, From: "gind@example.org", Sendmail: sendmail}), notice); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	args, text, _ := strings.Cut(string(file), "\n")
	if args != "-i -f gind@example.org -- root on-call@example.org" {
		t.Errorf("sendmail %s", args)
	}
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != notice.Subject() || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%q, %v, %v", subject, err, m.Header)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	for _, want := range []string{"no größe in the database", notice.Dump, "systemctl reset-failed gind.service", "  se cond "} {
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("no %q: %v\n%s", want, err, body)
		}
	}
}

func TestAddressesAreNoOptionsAndNoHeaders(t *testing.T) {
	for address, good := range map[string]bool{
		"root": true, "on-call@example.org": true, "a+b@example.org": true,
		"-oQ/tmp": false, "-x@example.org": false, "a@b\nBcc: c@d": false, "a b": false, "": false, "Name <a@b>": false,
	} {
		if err := CheckAddress(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestNoticeIsBounded(t *testing.T) {
	n := Notice{Reason: strings.Repeat("ü", 1<<20)}
	for i := range 1000 {
		n.Records = append(n.Records, fmt.Sprint(i, strings.Repeat("x", 1<<16)))
	}
	b := n.bounded()
	if len(b.Records) != maxRecords || !strings.HasPrefix(b.Records[0], "950") || len(b.Records[0]) > maxLine || len(b.Reason) > maxLine || len(n.Subject()) > maxSubject {
		t.Errorf("%d records of %d bytes, a reason of %d, a subject of %d", len(b.Records), len(b.Records[0]), len(b.Reason), len(n.Subject()))
	}
}

func TestASubjectHasTheFirstLineOfAMistake(t *testing.T) {
	n := notice
	n.Reason = "\n/etc/gind/gind.yaml:4:5: server.read_timeuot: unknown key\n  3 | server:\n> 4 |     read_timeuot: 5s\n          ^\n"
	want := "gind.service on web1 has failed (start-limit-hit): /etc/gind/gind.yaml:4:5: server.read_timeuot: unknown key"
	for _, n := range []Notice{n, n.bounded()} {
		if got := n.Subject(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestACrashLoopIsNoServiceThatStaysDown(t *testing.T) {
	n := notice
	n.CrashLoop, n.Result, n.Remedy, n.Reason = true, "crash-loop", "", "5 starts have failed since 12:03:01; it goes on trying"
	if got := n.Subject(); got != "gind.service on web1 is in a crash loop: "+n.Reason {
		t.Error(got)
	}
	if text := n.text(); strings.Contains(text, "stays down") || strings.Contains(text, "has failed") {
		t.Error(text)
	}
}

func TestATestSaysThatItIsOne(t *testing.T) {
	n := notice
	n.Test, n.Result = true, "success"
	if got := n.Subject(); !strings.HasPrefix(got, "test: gind.service on web1") || strings.Contains(got, "has failed") {
		t.Error(got)
	}
	if text := n.text(); !strings.Contains(text, "This is a test") {
		t.Error(text)
	}
}

// failing is a target's way that fails so many times.
type failing struct{ left *int }

func (f failing) deliver(context.Context, Notice) error {
	if *f.left == 0 {
		return nil
	}
	*f.left--
	return errors.New("nobody is there")
}

// TestAFailureIsToldAtOnce, and not when the last attempt has failed, an hour later.
func TestAFailureIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		left := 3
		var told []string
		target := Target{Name: "pager", Via: failing{&left}, RetryFor: time.Hour, Failed: func(err error) {
			told = append(told, fmt.Sprint(time.Since(begin), " ", err))
		}}
		if err := Send(t.Context(), []Target{target}, notice); err != nil || left != 0 {
			t.Errorf("%v, %d", err, left)
		}
		if len(told) != 1 || told[0] != "0s alert pager: nobody is there (it is tried again for 1h0m0s)" {
			t.Errorf("%q", told)
		}
	})
}
