package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/internal/supervise"
)

// TestMain is also the program gind, and what it supervises.
func TestMain(m *testing.M) {
	Trampoline()
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // or each call takes a second more
	if len(os.Args) == 3 && os.Args[1] == "tell" {
		os.Exit(tell(os.Args[2]))
	}
	switch os.Getenv("TEST_ROLE") {
	case "gind":
		os.Exit(gind(os.Args[1:]))
	case "loop":
		fmt.Println("no database today")
		os.Exit(3)
	case "program":
		fmt.Println("INFO the program runs in", os.Getenv("PLACE"))
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

// tell is the command of an alert: it writes what it is told to a file.
func tell(path string) int {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func gind(args []string) int {
	p := command.Program{Name: "gind", Out: os.Stdout, Err: os.Stderr, Own: []command.Own{{Name: "supervise", Run: Command}}}
	return p.Execute(context.Background(), append([]string{"supervise"}, args...))
}

// call runs "gind supervise" with these arguments.
func call(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TEST_ROLE=gind")
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "shop.yaml"), `programs:
  shop:
    command: [/usr/bin/shop]
    restrat: always
    backoff:
      first: 5
  other:
    command: []
    stop:
      signal: SIGNONE
`)
	out, status := call(t, "check", file)
	for _, want := range []string{
		`shop.yaml:4:5: programs.shop.restrat: unknown key (did you mean restart?)`,
		`shop.yaml:6:14: programs.shop.backoff.first: "5" has no unit (write 5s)`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if status != command.ExitConfig || t.Failed() {
		t.Errorf("status %d: %s", status, out)
	}

	write(t, file, "programs:\n  shop:\n    command: []\n    stop:\n      signal: SIGNONE\n")
	out, status = call(t, "--file", file)
	if status != command.ExitConfig || !strings.Contains(out, `shop.yaml:3:14: programs.shop.command: no command`) ||
		!strings.Contains(out, `shop.yaml:5:15: programs.shop.stop.signal: "SIGNONE" is not a signal`) {
		t.Errorf("status %d: %s", status, out)
	}
}

func TestWrongCallsAreRefused(t *testing.T) {
	for _, test := range []struct {
		args string
		want string
	}{
		{"", "no program"},
		{"ls", `unknown command "ls"`},
		{"--file x -- ls", "both given"},
		{"--file x --user me", "--user is for one program"},
		{"--listen :80 -- ls", "NAME=ADDRESS"},
		{"--set nothing -- ls", "KEY=VALUE"},
		{"--nonsense -- ls", "unknown flag"},
		{"check", "accepts 1 arg"},
	} {
		out, status := call(t, strings.Fields(test.args)...)
		if status != command.ExitUsage || !strings.Contains(out, test.want) {
			t.Errorf("%s: status %d, %s", test.args, status, out)
		}
	}
	out, status := call(t, "--grace", "1", "--", "ls")
	if status != command.ExitConfig || !strings.Contains(out, `--grace: programs.ls.stop.grace: "1" has no unit`) {
		t.Errorf("status %d, %s", status, out)
	}
}

// keysOf are what a command line says.
func keysOf(t *testing.T, args ...string) (got *Keys) {
	t.Helper()
	r := &request{}
	cmd := root(r)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if err = r.program(cmd, args); err == nil {
			got, err = r.load(cmd.Context(), false)
		}
		return err
	}
	cmd.SetArgs(args)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFlagsSayWhatAFileWould(t *testing.T) {
	got := keysOf(t,
		"-e", "A=1, 2", "-e", "B=[x", "--grace", "3s", "--restart", "on-failure",
		"--set", "backoff.first=7s", "--set", "log.level=debug", "--", "/opt/my.shop", "--flag", "a,b", `"quoted" <&>`,
	)
	if got.Log.Level != "debug" || got.identifier() != "my-shop" {
		t.Errorf("%+v", got)
	}
	s := got.Programs["my-shop"]
	if strings.Join(s.Command, "|") != `/opt/my.shop|--flag|a,b|"quoted" <&>` || strings.Join(s.Environment, "|") != "A=1, 2|B=[x" ||
		s.Stop.Grace != 3*time.Second ||
		s.Restart != "on-failure" || s.Backoff.First != 7*time.Second || s.Backoff.Max != 30*time.Second {
		t.Errorf("%+v", s)
	}
}

// TestOrdersAreGivenOverTheControlSocket runs a supervisor with two programs.
func TestOrdersAreGivenOverTheControlSocket(t *testing.T) {
	needUnixSockets(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	text := func(place string) string {
		one := fmt.Sprintf("    command: [%q]\n    environment: [TEST_ROLE=program, PLACE=%s]\n    start:\n      settle: 10ms\n", os.Args[0], place)
		return "programs:\n  a:\n" + one + "  b:\n" + strings.ReplaceAll(one, place, "elsewhere")
	}
	file := write(t, filepath.Join(dir, "two.yaml"), text("here"))
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	logged := func() string {
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	server := exec.Command(os.Args[0], "--file", file, "--control", socket)
	server.Env = append(os.Environ(), "TEST_ROLE=gind")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	ask := func(args ...string) string {
		t.Helper()
		out, status := call(t, append(args, "--control", socket)...)
		if status != 0 {
			t.Fatalf("%v: status %d: %s", args, status, out)
		}
		return out
	}
	programs := func() (list []supervise.Status) {
		t.Helper()
		if err := json.Unmarshal([]byte(ask("status", "--json")), &list); err != nil || len(list) != 2 {
			t.Fatalf("%v: %+v", err, list)
		}
		return list
	}
	await := func(state supervise.State) supervise.Status {
		t.Helper()
		for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			if out, status := call(t, "status", "--json", "--control", socket); status == 0 && time.Since(begin) < 20*time.Second {
				var list []supervise.Status
				if err := json.Unmarshal([]byte(out), &list); err == nil && list[0].State == state {
					return list[0]
				}
			} else if time.Since(begin) > 20*time.Second {
				t.Fatalf("the program is never %s: %s", state, out)
			}
		}
	}

	first := await(supervise.Running)
	for begin := time.Now(); programs()[1].State != supervise.Running && time.Since(begin) < 20*time.Second; {
		time.Sleep(20 * time.Millisecond)
	}
	if table := ask("status"); !strings.HasPrefix(table, "NAME") || !strings.Contains(table, "b     running") {
		t.Errorf("table: %s", table)
	}
	words, _ := completed(t, "supervise", "stop", "--control", socket, "")
	if want := []string{"a\trunning", "b\trunning"}; !slices.Equal(words, want) {
		t.Errorf("completed as %q, want %q", words, want)
	}
	if words, _ = completed(t, "supervise", "replace", "--control="+socket, "a", ""); !slices.Equal(words, []string{"b\trunning"}) {
		t.Errorf("after one name: %q", words)
	}
	ask("stop", "a")
	if all := programs(); all[0].State != supervise.Stopped || all[1].State == supervise.Stopped {
		t.Errorf("%+v", all)
	}
	ask("resume", "a")
	if second := await(supervise.Running); second.PID == first.PID {
		t.Errorf("%+v", second)
	}
	second := programs()
	if said := ask("replace", "a"); !strings.Contains(said, "warning: a: requests may have been lost") {
		t.Errorf("without sockets it says %s", said)
	}
	third := programs()
	if third[0].PID == second[0].PID || third[1].PID != second[1].PID {
		t.Errorf("%+v", third)
	}
	if out, status := call(t, "replace", "c", "--control", socket); status != 1 || !strings.Contains(out, `program "c": nobody supervises it`) {
		t.Errorf("status %d: %s", status, out)
	}

	write(t, file, "programs: {a: {comand: x}}")
	out, status := call(t, "reload", "--control", socket)
	if status != command.ExitConfig || !strings.Contains(out, "two.yaml:1:16: programs.a.comand: unknown key") {
		t.Errorf("status %d: %s", status, out)
	}
	write(t, file, text("there"))
	ask("reload")
	fourth := programs()
	if fourth[0].PID == third[0].PID || fourth[1].PID != third[1].PID {
		t.Errorf("%+v", fourth)
	}
	for begin := time.Now(); !strings.Contains(logged(), "runs in there") && time.Since(begin) < 20*time.Second; {
		time.Sleep(20 * time.Millisecond) // it says so once it runs, which may be after it is ready
	}
	ask("stop")
	if err := server.Wait(); err != nil {
		t.Errorf("the supervisor: %v", err)
	}
	for _, want := range []string{"runs in here", "runs in elsewhere", "runs in there", "reload refused", `"ordered to replace","programs":["a"]`} {
		if !strings.Contains(logged(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
	if t.Failed() {
		t.Log(logged())
	}
}

// TestDefaultsAreWhatTheTagsSay: a Spec that came from a file and one that was
// made in Go mean the same.
func TestDefaultsAreWhatTheTagsSay(t *testing.T) {
	r := &request{}
	root(r)
	r.file = write(t, filepath.Join(t.TempDir(), "a.yaml"), "programs: {a: {command: [a]}}")
	keys, err := r.load(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	got := keys.specs()[0]
	want := supervise.Spec{Name: "a", Command: []string{"a"}}.WithDefaults()
	got.Environment, got.Sockets, got.Probe.Command = nil, nil, nil // empty or nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("from a file\n%+v\nfrom Go\n%+v", got, want)
	}
}

func TestThePageNamesEveryKeyOfAProgram(t *testing.T) {
	page, err := os.ReadFile("../../../docs/supervise.md")
	if err != nil {
		t.Fatal(err)
	}
	var look func(keys []schema.Key)
	look = func(keys []schema.Key) {
		for _, key := range keys {
			if strings.HasPrefix(key.Path, "programs.") && !strings.Contains(string(page), key.Name()) {
				t.Errorf("%s is not in docs/supervise.md", key.Path)
			}
			look(key.Keys)
		}
	}
	look(newSchema().Keys())
}

// TestTheSchemaExplainsEveryKey in the words of its comment in the code.
func TestTheSchemaExplainsEveryKey(t *testing.T) {
	text, status := call(t, "schema")
	if status != 0 {
		t.Fatalf("status %d: %s", status, text)
	}
	count := 0
	var look func(keys []schema.Key)
	look = func(keys []schema.Key) {
		for _, key := range keys {
			count++
			words, err := json.Marshal(about[key.Path])
			if err != nil || about[key.Path] == "" || !strings.Contains(text, strings.Trim(string(words), `"`)) {
				t.Errorf("%s is not explained: %q, %v", key.Path, about[key.Path], err)
			}
			look(key.Keys)
		}
	}
	look(newSchema().Keys())
	if count != len(about) {
		t.Errorf("%d keys and %d explanations", count, len(about))
	}
}

// TestACrashLoopTellsThoseInTheAlerts and ends with the supervisor, which waits for it.
func TestACrashLoopTellsThoseInTheAlerts(t *testing.T) {
	dir := t.TempDir()
	told, socket := filepath.Join(dir, "told"), filepath.Join(dir, "s")
	file := write(t, filepath.Join(dir, "loop.yaml"), fmt.Sprintf(`programs:
  loop:
    command: [%q]
    environment: [TEST_ROLE=loop]
    backoff: {first: 10ms, min: 20ms, max: 30ms}
alerts:
  pager: {type: command, command: [%q, tell, %q]}
  nobody: {type: webhook, url: 'http://127.0.0.1:1/', retry_for: 1h}
`, os.Args[0], os.Args[0], told))
	server := exec.Command(os.Args[0], "--file", file, "--control", socket)
	server.Env = append(os.Environ(), "TEST_ROLE=gind")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	server.Stderr = log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	var notice map[string]any
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(told)
		if err == nil && json.Unmarshal(text, &notice) == nil {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("nobody was told: %v", err)
		}
	}
	// Who is not told is known at once, not when trying again ends.
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(log.Name())
		if err == nil && strings.Contains(string(text), "an alert could not be delivered: alert nobody: ") {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("nothing is said of who could not be told: %s", text)
		}
	}
	records := fmt.Sprint(notice["records"])
	if notice["unit"] != "loop" || notice["reason"] != "exit status 3" || notice["exit_status"] != 3.0 ||
		notice["remedy"] != "gind supervise resume loop" || strings.Count(records, "no database today") != 5 {
		t.Errorf("%+v", notice)
	}
}
