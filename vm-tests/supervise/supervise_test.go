//go:build linux

package supervise

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/programs"
	"github.com/gind/gind/vm-tests/service"
)

const shopURL = "http://127.0.0.1:8081"

// shop is what gind-supervise@shop runs in these tests.
const shop = `
programs:
  shop:
    command: [/usr/local/bin/ginapp]
    user: nobody
    sockets:
      http: {address: "127.0.0.1:8081"}
    backoff: {first: 100ms, min: 200ms, max: 300ms}
    crash_loop: {crashes: 1000}
    probe: {http: "http://127.0.0.1:8081/healthz", interval: 1s, timeout: 1s}
`

// supervising runs a test on machines where the unchanged program is supervised.
func supervising(t *testing.T, test func(t *testing.T, m *machine.Machine)) {
	t.Helper()
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Copy(programs.Build(t, "ginapp"), "/usr/local/bin/ginapp")
		m.Write("/etc/gind/supervise.d/shop.yaml", shop)
		m.Run("systemctl enable --now gind-supervise@shop")
		test(t, m)
	})
}

func TestAnUnchangedGinProgramIsSupervised(t *testing.T) {
	supervising(t, func(t *testing.T, m *machine.Machine) {
		if out := m.Run("systemd-analyze verify gind-supervise@shop.service"); out != "" {
			t.Errorf("systemd-analyze verify:\n%s", out)
		}
		if table := m.Run("gind supervise status"); !regexp.MustCompile(`(?m)^shop +running +\d+ `).MatchString(table) {
			t.Errorf("status:\n%s", table)
		}
		wantLevels(t, m)
		wantNoOrphans(t, m)
		wantHungRestarted(t, m)
		wantReload(t, m)
		wantOutOfTheWay(t, m)
	})
}

// wantLevels: what the program says about itself is what journalctl -p has.
func wantLevels(t *testing.T, m *machine.Machine) {
	t.Helper()
	for _, path := range []string{"/ok?fine", "/bad", "/fail", "/panic"} {
		m.Run("curl --silent --output /dev/null " + shopURL + path)
	}
	m.Try("curl --silent --max-time 5 " + shopURL + "/crash")
	awaitShop(t, m, func(s program) bool { return s.State == "running" && s.Restarts == 1 })

	errs := machine.Messages(m.Journal("-u", "gind-supervise@shop", "-p", "err"))
	for _, want := range []string{"GET /fail 500 ", "GET /panic 500 ", "this is a handler's panic", "panic: this is a goroutine's panic\n\ngoroutine ", "ginapp/main.go:", "the program crashed"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no error has %q", want)
		}
	}
	for _, unwanted := range []string{"/ok", "/bad", "[GIN-debug]"} {
		if strings.Contains(errs, unwanted) {
			t.Errorf("an error has %q", unwanted)
		}
	}
	if t.Failed() {
		t.Logf("journalctl -p err:\n%s", errs)
	}
	for priority, message := range map[string]string{"6": "GET /ok?fine 200 ", "4": "GET /bad 400 "} {
		found := false
		for _, r := range m.Journal("-t", "shop", "PROGRAM=shop", "PRIORITY="+priority) {
			found = found || strings.Contains(r["MESSAGE"], message)
		}
		if !found {
			t.Errorf("no record of priority %s has %q", priority, message)
		}
	}
	if text := m.Run("journalctl --no-pager -x -u gind-supervise@shop -p err"); !strings.Contains(text, "The program shop crashed") {
		t.Error("the catalog does not explain the crash")
	}

	m.Write("/etc/gind/supervise.d/say.yaml", "programs: {say: {command: [/usr/local/bin/ginapp, say]}}\nlog: {mirror: always}\n")
	m.Run("systemctl start gind-supervise@say")
	for _, format := range []string{"by slog text", "by slog json", "by zap", "by zerolog", "by logrus", "by klog", "with a prefix", "plainly"} {
		m.Await(10*time.Second, "journalctl --sync; journalctl -u gind-supervise@say -p 3..3 | grep 'said "+format+" error'")
		m.Await(10*time.Second, "journalctl -u gind-supervise@say -p 6..6 | grep 'said "+format+" info'")
	}
	m.Run("grep 'said by zap error' /var/log/gind-supervise/say/error.log && ! grep info /var/log/gind-supervise/say/error.log")
	m.Run("systemctl stop gind-supervise@say")
}

// wantNoOrphans: nothing of a program outlives it, whatever it does.
func wantNoOrphans(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Run("curl --silent --fail " + shopURL + "/spawn")
	m.Await(5*time.Second, "test $(pgrep --full --count '^leftover') = 2")
	before := shopStatus(t, m)
	m.Run("kill -KILL " + strconv.Itoa(before.PID))
	awaitShop(t, m, func(s program) bool { return s.State == "running" && s.PID != before.PID })
	m.Fail(1, "pgrep --full '^leftover'")

	m.Run("curl --silent --fail " + shopURL + "/spawn")
	m.Run("systemctl stop gind-supervise@shop")
	m.Fail(1, "pgrep --full '^(leftover|/usr/local/bin/ginapp)'")
	if got := service.PropertyOf(m, "gind-supervise@shop", "Result"); got != "success" {
		t.Errorf("the result of a stop is %s", got)
	}
	m.Run("systemctl start gind-supervise@shop")
}

// wantHungRestarted: a program that does not answer is dumped and restarted.
func wantHungRestarted(t *testing.T, m *machine.Machine) {
	t.Helper()
	before := shopStatus(t, m)
	m.Run("curl --silent --fail " + shopURL + "/hang")
	awaitShop(t, m, func(s program) bool { return s.State == "running" && s.PID != before.PID })
	dump := machine.Messages(m.Journal("-u", "gind-supervise@shop", "-p", "err"))
	for _, want := range []string{"the program hangs and is ended", "SIGABRT: abort", "main.routes.func"} {
		if !strings.Contains(dump, want) {
			t.Errorf("the journal has no %q", want)
		}
	}
}

// wantReload: a mistake is told with its place, and changes nothing.
func wantReload(t *testing.T, m *machine.Machine) {
	t.Helper()
	before := shopStatus(t, m)
	m.Write("/etc/gind/supervise.d/shop.yaml", strings.Replace(shop, "user:", "usr:", 1))
	if out := m.Try("systemctl reload gind-supervise@shop"); out.Status == 0 {
		t.Error("a bad file was taken")
	}
	if text := machine.Messages(m.Journal("-u", "gind-supervise@shop", "-p", "err")); !strings.Contains(text, "shop.yaml:5:5: programs.shop.usr: unknown key (did you mean user?)") {
		t.Errorf("the journal does not name the mistake: %s", text)
	}
	if after := shopStatus(t, m); after.PID != before.PID {
		t.Error("a bad file had an effect")
	}
	m.Write("/etc/gind/supervise.d/shop.yaml", strings.Replace(shop, "ginapp", "nosuchapp", 1))
	if out := m.Try("systemctl reload gind-supervise@shop"); out.Status == 0 {
		t.Error("a program that is not there was taken")
	}
	if after := shopStatus(t, m); after.PID != before.PID {
		t.Error("a program that is not there had an effect")
	}
	m.Write("/etc/gind/supervise.d/shop.yaml", strings.Replace(shop, "user: nobody", "user: daemon", 1))
	m.Run("systemctl reload gind-supervise@shop")
	after := shopStatus(t, m)
	if user := m.Run("ps -o user= -p " + strconv.Itoa(after.PID)); user != "daemon" || after.PID == before.PID {
		t.Errorf("after the reload it runs as %s: %+v", user, after)
	}
}

// wantOutOfTheWay: a crash loop ends, is announced, and is over with a resume.
func wantOutOfTheWay(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Write("/etc/gind/supervise.d/loop.yaml", `programs: {loop: {command: [/usr/local/bin/ginapp, fail], backoff: {first: 10ms, min: 20ms, max: 30ms}}}`)
	m.Run("systemctl start gind-supervise@loop") // it lives on, to be resumed
	m.Await(10*time.Second, "gind supervise status loop | grep 'paused.*5 crashes within 1m0s, the last: exit status 3'")
	m.Run("systemctl is-active gind-supervise@loop && systemctl status gind-supervise@loop | grep 'Status: .*paused'")
	if crits := m.Journal("-u", "gind-supervise@loop", "-p", "crit"); len(crits) != 1 || !strings.Contains(crits[0]["MESSAGE"], "crashes again and again") {
		t.Errorf("%d records at crit: %s", len(crits), machine.Messages(crits))
	}
	if n := len(m.Journal("-u", "gind-supervise@loop", "STREAM=stderr")); n != 5 {
		t.Errorf("%d starts", n)
	}
	m.Write("/etc/gind/supervise.d/loop.yaml", `programs: {loop: {command: [sleep, infinity]}}`)
	m.Run("systemctl reload gind-supervise@loop && gind supervise status loop | grep running")
	// What is stopped can be resumed, though it is the only one.
	m.Run("gind supervise stop loop && systemctl is-active gind-supervise@loop")
	m.Run("gind supervise resume loop && systemctl stop gind-supervise@loop")
}

// TestASupervisedProgramIsKilledAndReplacedUnderLoad asks on a new connection
// for each request.
func TestASupervisedProgramIsKilledAndReplacedUnderLoad(t *testing.T) {
	supervising(t, func(t *testing.T, m *machine.Machine) {
		asked := askAllTheTime(m)
		for range 5 {
			before := shopStatus(t, m)
			m.Run("gind supervise replace shop")
			if after := shopStatus(t, m); after.PID == before.PID || after.Restarts != 0 {
				t.Errorf("%+v", after)
			}
		}
		done, failed := asked.stop()
		t.Logf("%d requests, %d failed", done, len(failed))
		if len(failed) > 0 || done < 100 {
			t.Errorf("replaced under load: %v", failed)
		}

		asked = askAllTheTime(m)
		const kills = 20
		for i := range kills {
			time.Sleep(rand.N(100 * time.Millisecond))
			m.Run("kill -KILL " + strconv.Itoa(shopStatus(t, m).PID))
			awaitShop(t, m, func(s program) bool { return s.State == "running" && s.Restarts == i+1 })
		}
		done, failed = asked.stop()
		t.Logf("%d requests, %d cut off by %d kills", done, len(failed), kills)
		for _, err := range failed {
			if strings.Contains(err.Error(), "refused") {
				t.Errorf("while the program was down: %v", err)
			}
		}
		wantWrk(t, m)
	})
}

// wantWrk replaces the program under the load of wrk, each request on a
// connection of its own.
func wantWrk(t *testing.T, m *machine.Machine) {
	t.Helper()
	load := m.Command(context.Background(), "wrk", "-t2", "-c16", "-d4s", "-H", "Connection: close", shopURL+"/ok")
	report := make(chan string, 1)
	go func() {
		out, err := load.CombinedOutput()
		report <- fmt.Sprint(string(out), err)
	}()
	time.Sleep(time.Second)
	m.Run("gind supervise replace shop")
	m.Run("gind supervise replace shop")
	text := <-report
	t.Log(text)
	if !strings.Contains(text, "Requests/sec") || strings.Contains(text, "Socket errors") || strings.Contains(text, "Non-2xx") {
		t.Error("wrk saw errors")
	}
}

// TestAFloodOfOutputStallsNobodyAndCostsNoMemory: a program prints as fast as it
// can, and then a hundred megabytes a second.
func TestAFloodOfOutputStallsNobodyAndCostsNoMemory(t *testing.T) {
	supervising(t, func(t *testing.T, m *machine.Machine) {
		if rate := printing(t, m, "flood", `flooded (\d+) MB/s`); rate < 10 { // on two machines at a time, which share two cores
			t.Errorf("the program was held up: %d MB/s", rate)
		}
		// What else the host does may hold anybody up, but not each time.
		for range 8 {
			if late := printing(t, m, "pace", `paced, (\d+) ms late`); late < 150 { // of three seconds
				return
			}
		}
		t.Error("a program that prints 100 MB/s is held up")
	})
}

// printing has ginapp print, and returns the number that it says in the end. What gind
// has in memory by then is bounded.
func printing(t *testing.T, m *machine.Machine, argument, says string) int {
	t.Helper()
	unit := "gind-supervise@" + argument
	m.Write("/etc/gind/supervise.d/"+argument+".yaml", "programs: {"+argument+": {command: [/usr/local/bin/ginapp, "+argument+"]}}")
	m.Run("systemctl start " + unit + " && systemctl reset-failed " + unit) // the starts do not add up
	main := service.PropertyOf(m, unit, "MainPID")
	said := m.Await(60*time.Second, "journalctl --sync; journalctl --output=cat _PID="+main+" STREAM=stderr | grep .")
	peak, err := strconv.Atoi(m.Run("awk '/VmHWM/ {print $2}' /proc/" + main + "/status"))
	if err != nil || peak > 96<<10 {
		t.Errorf("%s: gind had %d kB in memory, %v", argument, peak, err)
	}
	t.Logf("%s; gind had %d kB in memory at the most", said, peak)
	m.Run("systemctl stop " + unit)
	found := regexp.MustCompile(says).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("%s says %q", argument, said)
	}
	number, _ := strconv.Atoi(found[1])
	return number
}

// TestPID1OfAContainer runs gind as docker does, without any init.
func TestPID1OfAContainer(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Copy(programs.Build(t, "ginapp"), "/usr/local/bin/ginapp")
		const container = "unshare --pid --fork --kill-child --mount-proc gind supervise "
		m.Fail(3, container+"--restart no -- ginapp fail")
		m.Fail(127, container+"--restart no -- /no/such/program")
		// Nobody comes to resume a program in a container.
		m.Fail(127, container+"-- /no/such/program")
		m.Fail(126, container+"-- /etc/passwd")
		m.Fail(1, container+"--set backoff.first=10ms --set backoff.min=10ms --set backoff.max=20ms -- false")
		// The program ends; what it has left behind goes with it, and nothing stays a zombie.
		m.Fail(7, container+"--restart no -- bash -c '(setsid sleep 1000 &) ; (sleep 0.1 &); sleep 0.5; ps -eo stat= | grep Z && exit 1; exit 7'")
		m.Fail(1, "pgrep sleep")

		// Signals are passed on, and the status is the program's.
		m.Run(`systemd-run --unit=container ` + container +
			`--restart no -- bash -c 'trap "echo usr1" USR1; trap "echo threads" QUIT; trap "exit 42" TERM; echo up; while :; do sleep 0.1; done'`)
		m.Await(10*time.Second, "journalctl -u container -o cat | grep -x up")
		pid := m.Run("pgrep --exact gind --parent $(systemctl show --value --property=MainPID container)")
		m.Run("kill -USR1 " + pid)
		m.Await(10*time.Second, "journalctl -u container -o cat | grep -x usr1")
		// A dump is no end, as with a JVM.
		m.Run("kill -QUIT " + pid)
		m.Await(10*time.Second, "journalctl -u container -o cat | grep -x threads")
		m.Run("sleep 11; systemctl is-active container")
		m.Run("kill -TERM " + pid)
		m.Await(10*time.Second, "test $(systemctl show --value --property=ExecMainStatus container) = 42")
	})
}

// program is what "gind supervise status --json" says of one.
type program struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	PID      int    `json:"pid"`
	Restarts int    `json:"restarts"`
}

func shopStatus(t *testing.T, m *machine.Machine) program {
	t.Helper()
	var list []program
	text := m.Run("gind supervise status shop --json")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	return list[0]
}

func awaitShop(t *testing.T, m *machine.Machine, ok func(program) bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		s := shopStatus(t, m)
		if ok(s) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %+v", s)
		}
	}
}

// asking is a load of requests, each on a connection of its own.
type asking struct {
	done   atomic.Int64
	mu     sync.Mutex
	failed []error
	end    context.CancelFunc
	all    sync.WaitGroup
}

func askAllTheTime(m *machine.Machine) *asking {
	a := &asking{}
	var ctx context.Context
	ctx, a.end = context.WithCancel(context.Background())
	transport := &http.Transport{DialContext: m.Dial, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	for range 3 {
		a.all.Go(func() {
			for ctx.Err() == nil {
				if err := askOnce(client); err != nil {
					a.mu.Lock()
					a.failed = append(a.failed, err)
					a.mu.Unlock()
					continue
				}
				a.done.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	return a
}

func askOnce(client *http.Client) error {
	response, err := client.Get(shopURL + "/ok")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

func (a *asking) stop() (done int64, failed []error) {
	a.end()
	a.all.Wait()
	return a.done.Load(), a.failed
}
