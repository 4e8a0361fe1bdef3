//go:build linux

package machine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestCommandsRunInTheMachine(t *testing.T) {
	for _, suite := range Suites {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			m := Start(t, suite)
			if got := m.Run(". /etc/os-release; echo $VERSION_CODENAME"); got != string(suite) {
				t.Errorf("runs %s", got)
			}
			if got := m.Run("ps -o comm= -p 1"); got != "systemd" {
				t.Errorf("PID 1 is %s", got)
			}
			if got := m.Fail(3, "echo out; echo err >&2; exit 3"); got != "out\nerr" {
				t.Errorf("printed %q", got)
			}
		})
	}
}

func TestMachinesOfOneRootAreApart(t *testing.T) {
	one, other := Start(t, Bookworm), Start(t, Bookworm)
	one.Write("/srv/a b/it's", "here\n")
	if got := one.Run(`cat "/srv/a b/it's"`); got != "here" {
		t.Errorf("wrote %q", got)
	}
	other.Fail(1, "test -e '/srv/a b'")
}

func TestJournalKeepsBytes(t *testing.T) {
	m := Start(t, Trixie)
	m.Run(`printf 'MESSAGE=two\nPRIORITY=3\nBYTES=a\001\377z\n' | logger --journald`)
	records := m.Journal("-p", "err", "BYTES=a\x01\xffz")
	if len(records) != 1 || records[0]["MESSAGE"] != "two" || records[0]["BYTES"] != "a\x01\xffz" {
		t.Errorf("records: %q", records)
	}
	if records := m.Journal("BYTES=other"); len(records) != 0 {
		t.Errorf("records that nobody wrote: %q", records)
	}
}

func TestHTTPReachesTheMachineAlone(t *testing.T) {
	m := Start(t, Bookworm)
	m.Write("/srv/answer", "while read -r line && [ \"$line\" != \"$(printf '\\r')\" ]; do :; done; printf 'HTTP/1.0 200 OK\\r\\n\\r\\nhello'\n")
	m.Write("/etc/systemd/system/page.socket", "[Socket]\nListenStream=8081\nAccept=yes\n")
	m.Write("/etc/systemd/system/page@.service", "[Service]\nStandardInput=socket\nExecStart=sh /srv/answer\n")
	m.Run("systemctl daemon-reload && systemctl start page.socket")

	response, err := m.HTTP().Get("http://127.0.0.1:8081/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "hello" {
		t.Errorf("body %q, %v", body, err)
	}
	if response, err := http.Get("http://127.0.0.1:8081/"); err == nil {
		response.Body.Close()
		t.Error("the machine's port is open on the host")
	}
}

// A test run that is killed takes its machines with it.
func TestMachineDiesWithItsTest(t *testing.T) {
	if report := os.Getenv("GIND_TEST_LEADER"); report != "" {
		m := Start(t, Bookworm)
		if err := os.WriteFile(report, fmt.Append(nil, m.leader), 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(bootTime)
		t.Fatal("nobody killed this process")
	}

	report := filepath.Join(t.TempDir(), "leader")
	ctx, kill := context.WithTimeout(context.Background(), bootTime)
	defer kill()
	victim := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestMachineDiesWithItsTest$")
	victim.Env = append(os.Environ(), "GIND_TEST_LEADER="+report)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	leader := await(t, func() string { text, _ := os.ReadFile(report); return string(text) })
	if !alive(leader) {
		t.Fatalf("PID 1 of the machine, %s, is not there to begin with", leader)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	await(t, func() string {
		state, _ := os.ReadFile("/proc/" + leader + "/stat")
		if len(state) == 0 || strings.Contains(string(state), ") Z ") {
			return "gone"
		}
		return ""
	})

	sweep()
	for _, dir := range append(hierarchies(), propagation) {
		if left, _ := filepath.Glob(fmt.Sprintf("%s/%s%d-*", dir, namePrefix, victim.Process.Pid)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// await asks until it is told something.
func await(t *testing.T, ask func() string) string {
	t.Helper()
	for deadline := time.Now().Add(bootTime); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if answer := ask(); answer != "" {
			return answer
		}
	}
	t.Fatalf("nothing within %v", bootTime)
	return ""
}
