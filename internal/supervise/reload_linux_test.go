package supervise

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestAReloadThatCannotBeCarriedOutChangesNothing: whatever is found to be missing, of
// whichever program, those that run go on, and none of the others is started.
func TestAReloadThatCannotBeCarriedOutChangesNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	v := play(t, Options{}, newLogged(t), Spec{Name: "a", Environment: []string{"TEST_ROLE=polite"}})
	v.untilRunning(t)
	before := v.Status()[0]
	b := Spec{Name: "b", Command: []string{"sleep", "1000"}}
	for want, spec := range map[string]Spec{
		`"a": command: /nonexistent/program: no such file`: {Name: "a", Command: []string{"/nonexistent/program"}},
		`"a": command: nonexistent: not found in PATH`:     {Name: "a", Command: []string{"nonexistent"}},
		`"a": command: /etc/passwd: it is not executable`:  {Name: "a", Command: []string{"/etc/passwd"}},
		`"a": directory: /nonexistent: no such file`:       {Name: "a", Command: []string{"sleep", "9"}, Directory: "/nonexistent"},
		`"a": probe.command: nonexistent: not found`:       {Name: "a", Command: []string{"sleep", "9"}, Probe: Probe{Command: []string{"nonexistent"}}},
		`"a": limits.nofile: `:                             {Name: "a", Command: []string{"sleep", "9"}, Limits: Limits{NoFile: "infinity"}},
		`"a": group: `:                                     {Name: "a", Command: []string{"sleep", "9"}, Group: "nosuchgroup"},
		`"a": socket "http": `: {
			Name: "a", Command: []string{"sleep", "9"}, Sockets: map[string]Socket{"http": {Address: taken.Addr().String()}},
		},
	} {
		err := v.Reload(t.Context(), spec, b)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if after := v.Status(); len(after) != 1 || after[0].PID != before.PID || after[0].State != Running {
			t.Errorf("%s: before %+v, after %+v", want, before, after)
		}
	}
}

// TestASocketGoesFromOneProgramToAnother that is to have its address from now on: no
// connection is refused in between.
func TestASocketGoesFromOneProgramToAnother(t *testing.T) {
	address := free(t)
	spec := func(program, socket string) Spec {
		return Spec{
			Name: program, Command: []string{os.Args[0]}, Environment: []string{"TEST_ROLE=web"},
			Sockets: map[string]Socket{socket: {Address: address}}, Start: Start{Notify: true},
		}
	}
	v := play(t, Options{}, newLogged(t), spec("old", "http"))
	v.untilRunning(t)
	l := newLoad("http://" + address)
	defer l.stop()
	for _, next := range []Spec{spec("new", "http"), spec("new", "web")} {
		next.Environment = append(next.Environment, "TEST_MARK="+v.mark)
		if err := v.Reload(t.Context(), next); err != nil {
			t.Fatal(err)
		}
	}
	l.stop()
	if all := v.Status(); len(all) != 1 || all[0].Name != "new" || all[0].State != Running {
		t.Errorf("%+v", all)
	}
	if err, _ := l.last.Load().(error); errors.Is(err, syscall.ECONNREFUSED) || l.refused.Load() > 0 || l.done.Load() == 0 {
		t.Errorf("%d requests answered, %d refused, the last error: %v", l.done.Load(), l.refused.Load(), err)
	}
}
