//go:build linux

package windows

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// windowsTests are the packages of gind supervise and of services, by their folders, whose own
// tests are run as Windows programs.
var windowsTests = []string{
	"internal/winsvc", "internal/supervise/process", "internal/supervise/output", "internal/supervise", "cmd/app/supervise",
}

// TestOnWindows is what can be shown of a service and of gind supervise without Windows:
// Wine 10 has the processes, the jobs, the consoles and the files of it. It has
// no Unix sockets, and so no control socket is there, and lets no program answer
// Ctrl-Break; the tests that need these say so and are skipped.
func TestOnWindows(t *testing.T) {
	dir := buildForWindows(t)
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	m := machine.Start(t, machine.Trixie, machine.With("wine", "wine64"),
		machine.Mount(dir, "/root/programs"), machine.Mount(source, "/root/source"))
	m.Run("systemd-run --unit=wineserver --setenv=HOME=/root wineserver --foreground --persistent")
	// The first program boots Wine; "wineboot --init" would boot it twice, with two service managers.
	m.Run(wine("cmd", "/c", "ver"))
	m.Run("systemd-run --unit=desktop --setenv=HOME=/root --setenv=" + wineEnv + " wine explorer /desktop=gind")
	windowsService(t, m)
	for _, folder := range windowsTests {
		windowsUnitTests(t, m, folder)
	}
	m.Run("install -D -t /root/.wine/drive_c/gind /root/programs/gind.exe /root/programs/ginapp.exe")
	windowsStatus(t, m)
	windowsShop(t, m)
	windowsLoop(t, m)
}

// buildForWindows builds gind, ginapp and the tests, and returns their folder.
func buildForWindows(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := func(args ...string) {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	build("build", "-o", dir+"/gind.exe", "../../cmd/app")
	build("build", "-o", dir+"/ginapp.exe", "../programs/ginapp")
	build("build", "-o", dir+"/testapp.exe", "../programs/testapp")
	for _, folder := range windowsTests {
		build("test", "-c", "-o", filepath.Join(dir, testProgram(folder)), "../../"+folder)
	}
	return dir
}

func testProgram(folder string) string { return strings.ReplaceAll(folder, "/", "-") + ".test.exe" }

// wineEnv is what Wine wants to know, and what it is not to say.
const wineEnv = "WINEDEBUG=-all"

// wine is a line of shell that runs a program of Windows to its end. What it
// prints goes through a file, since Wine's own services, which stay, keep it open.
func wine(program string, args ...string) string {
	line := wineEnv + " wine " + machine.Quote(program)
	for _, arg := range args {
		line += " " + machine.Quote(arg)
	}
	return line + " >/tmp/out 2>&1; status=$?; cat /tmp/out; exit $status"
}

// windowsUnitTests runs a package's tests where they expect to be, and says which
// of them Wine is not enough for.
func windowsUnitTests(t *testing.T, m *machine.Machine, folder string) {
	t.Helper()
	result := m.Try("cd /root/source/" + folder + " && " + wine("/root/programs/"+testProgram(folder), "-test.v", "-test.timeout=2m"))
	passed := strings.Count(result.Output, "\n--- PASS: ")
	t.Logf("%s: %d tests passed", folder, passed)
	for _, skip := range regexp.MustCompile(`(?m)^ +\w+\.go:\d+: .*\n--- SKIP: .*`).FindAllString(result.Output, -1) {
		t.Log("skipped:", strings.TrimSpace(skip))
	}
	if result.Status != 0 || passed == 0 {
		t.Errorf("%s: status %d:\n%s", folder, result.Status, result.Output)
	}
}

// windowsStatus: the exit status is the program's.
func windowsStatus(t *testing.T, m *machine.Machine) {
	t.Helper()
	for want, args := range map[int][]string{
		3:   {"--", `C:\gind\ginapp.exe`, "fail"},
		127: {"--", `C:\no\such\program.exe`},
		78:  {"--listen", "http=:80", "--", `C:\gind\ginapp.exe`},
	} {
		result := m.Try(wine(`C:\gind\gind.exe`, append([]string{"supervise", "--restart", "no"}, args...)...))
		if result.Status != want {
			t.Errorf("%v: status %d, want %d:\n%s", args, result.Status, want, result.Output)
		}
	}
}

const (
	windowsURL  = "http://127.0.0.1:8081"
	windowsLogs = "/root/.wine/drive_c/logs/"
)

const windowsShopFile = `
programs:
  shop:
    command: ['C:\gind\ginapp.exe']
    directory: 'C:\windows'
    environment: ["ADDRESS=127.0.0.1:8081", "PLACE=Köln am Rhein"]
    backoff: {first: 100ms, min: 200ms, max: 300ms}
    crash_loop: {crashes: 1000}
    stop: {grace: 1s}
    probe: {http: "http://127.0.0.1:8081/healthz", interval: 500ms, timeout: 1s}
log: {mirror: always, directory: 'C:\logs'}
`

// superviseOnWindows starts gind in the background, with a file of programs. What
// of theirs outlives it is not ended by systemd.
func superviseOnWindows(m *machine.Machine, name, file string) {
	m.Write("/root/.wine/drive_c/gind/"+name+".yaml", file)
	m.Run(wine(`C:\gind\gind.exe`, "supervise", "check", `C:\gind\`+name+`.yaml`))
	m.Run("systemd-run --unit=" + name + " --setenv=HOME=/root --setenv=" + wineEnv +
		` --property=KillMode=process wine 'C:\gind\gind.exe' supervise --file 'C:\gind\` + name + `.yaml'`)
}

// windowsShop has a real program supervised, which goes wrong in every way.
func windowsShop(t *testing.T, m *machine.Machine) {
	t.Helper()
	superviseOnWindows(m, "shop", windowsShopFile)
	awaitReady(m, 1)
	if where := m.Run("curl --silent --fail " + windowsURL + "/where"); where != `C:\windows Köln am Rhein <nil>` {
		t.Errorf("it works in %s", where)
	}
	for _, path := range []string{"/ok", "/bad", "/fail", "/panic"} {
		m.Run("curl --silent --output /dev/null " + windowsURL + path)
	}
	m.Try("curl --silent --max-time 5 " + windowsURL + "/crash")
	awaitReady(m, 2)
	windowsLevels(t, m)

	m.Run("curl --silent --fail " + windowsURL + "/hang")
	awaitReady(m, 3)
	m.Run("grep 'the program hangs and is ended' " + windowsLogs + "error.log")

	// Whatever ends the program, what it has started ends with it.
	spawn(m)
	m.Run("kill -KILL $(pgrep --full 'ginapp[.]exe$')")
	awaitReady(m, 4)
	m.Fail(1, "pgrep --full 'ginapp[.]exe linger'")

	// What Ctrl-C is to gind is SIGINT to Wine.
	spawn(m)
	m.Run("kill -INT $(systemctl show --value --property=MainPID shop)")
	m.Await(20*time.Second, "! systemctl is-active --quiet shop")
	m.Fail(1, "pgrep --full 'ginapp[.]exe'")
	m.Run("grep '\"msg\":\"the program was stopped\"' " + windowsLogs + "info.log")

	// Nobody is left alone when gind is killed.
	m.Try("systemctl reset-failed shop") // the status of what is ended is not 0
	superviseOnWindows(m, "shop", windowsShopFile)
	awaitReady(m, 5)
	spawn(m)
	m.Run("kill -KILL $(systemctl show --value --property=MainPID shop)")
	m.Await(10*time.Second, "! pgrep --full 'ginapp[.]exe'")
}

// awaitReady waits for the program to be ready for so many times.
func awaitReady(m *machine.Machine, times int) {
	m.Await(30*time.Second, fmt.Sprintf("test $(grep --count 'the program is ready' %sinfo.log) = %d", windowsLogs, times))
}

// spawn has the program leave two processes behind.
func spawn(m *machine.Machine) {
	m.Run("curl --silent --fail " + windowsURL + "/spawn")
	m.Await(10*time.Second, "test $(pgrep --full --count 'ginapp[.]exe linger') = 2")
}

// windowsLevels: there is a file for each level, and in it what is of that level.
func windowsLevels(t *testing.T, m *machine.Machine) {
	t.Helper()
	for file, wants := range map[string][]string{
		"error.log": {"GET /fail 500 ", "GET /panic 500 ", "this is a handler's panic", "panic: this is a goroutine's panic", "the program crashed"},
		"warn.log":  {"GET /bad 400 "},
		"info.log":  {"GET /ok 200 ", "the program was started"},
	} {
		text := m.Run("cat " + windowsLogs + file)
		level := strings.ToUpper(strings.TrimSuffix(file, ".log"))
		for line := range strings.Lines(text) {
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil || record["level"] != level {
				t.Errorf("%s: %v: %s", file, err, line)
			}
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", file, want, text)
			}
		}
	}
}

// windowsLoop: a program that crashes again and again is given up, and somebody
// is told.
func windowsLoop(t *testing.T, m *machine.Machine) {
	t.Helper()
	superviseOnWindows(m, "loop", `
programs: {loop: {command: ['C:\gind\ginapp.exe', fail], backoff: {first: 10ms, min: 20ms, max: 30ms}}}
alerts: {pager: {type: command, command: ['C:\gind\ginapp.exe', tell, 'C:\told.json']}}
log: {mirror: always, directory: 'C:\loop'}
`)
	told := m.Await(30*time.Second, "cat /root/.wine/drive_c/told.json")
	var notice map[string]any
	if err := json.Unmarshal([]byte(told), &notice); err != nil {
		t.Fatalf("%v: %s", err, told)
	}
	if notice["unit"] != "loop" || notice["reason"] != "exit status 3" || notice["exit_status"] != 3.0 {
		t.Errorf("told of %s", told)
	}
	m.Run("grep 'crashes again and again' /root/.wine/drive_c/loop/error.log")
	if starts := m.Run("grep -c 'no database today' /root/.wine/drive_c/loop/warn.log"); starts != "5" {
		t.Errorf("%s starts", starts)
	}
	m.Run("systemctl is-active loop && kill -INT $(systemctl show --value --property=MainPID loop)")
	m.Await(20*time.Second, "! systemctl is-active --quiet loop")
	if status := service.PropertyOf(m, "loop", "ExecMainStatus"); status != "3" {
		t.Errorf("the exit status is %s", status)
	}
}
