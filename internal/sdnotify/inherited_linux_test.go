package sdnotify

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is also the service in the tests below: a child that takes its
// descriptors and reports on them.
func TestMain(m *testing.M) {
	if os.Getenv("SDNOTIFY_TEST_CHILD") != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

func child() int {
	if os.Getenv("LISTEN_PID") == "parent" {
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getppid()))
	}
	if pid := ParentsSockets(); pid > 0 {
		fmt.Println("the parent's:", pid == os.Getppid())
	}
	if os.Getenv("LISTEN_PID") == "self" {
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	}
	files, err := Inherited()
	if err != nil {
		fmt.Println("error:", err)
	}
	for _, f := range files {
		flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
		fmt.Printf("%s fd=%d cloexec=%v %v\n", f.Name, f.Fd(), flags&unix.FD_CLOEXEC != 0, err)
	}
	again, err := Inherited()
	fmt.Printf("again: %d %v, environment: %q\n", len(again), err, os.Getenv("LISTEN_FDS")+os.Getenv("LISTEN_PID")+os.Getenv("LISTEN_FDNAMES"))
	return 0
}

// run starts the child with the descriptors and the environment.
func run(t *testing.T, files []*os.File, env ...string) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.ExtraFiles = files
	cmd.Env = append(os.Environ(), append(env, "SDNOTIFY_TEST_CHILD=1", "GORACE=atexit_sleep_ms=0")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestInheritedDescriptorsComeByNameAndOnce(t *testing.T) {
	const end = `again: 0 <nil>, environment: ""` + "\n"
	two := []*os.File{os.Stderr, os.Stderr}
	tests := []struct {
		name  string
		files []*os.File
		env   []string
		want  string
	}{
		{"named", two, []string{"LISTEN_PID=self", "LISTEN_FDS=2", "LISTEN_FDNAMES=http:control"},
			"http fd=3 cloexec=true <nil>\ncontrol fd=4 cloexec=true <nil>\n"},
		{"the same name twice", two, []string{"LISTEN_PID=self", "LISTEN_FDS=2", "LISTEN_FDNAMES=box:box"},
			"box fd=3 cloexec=true <nil>\nbox fd=4 cloexec=true <nil>\n"},
		{"unnamed", two, []string{"LISTEN_PID=self", "LISTEN_FDS=2"},
			"unknown fd=3 cloexec=true <nil>\nunknown fd=4 cloexec=true <nil>\n"},
		{"for a wrapper", two, []string{"LISTEN_PID=parent", "LISTEN_FDS=2"}, "the parent's: true\n"},
		{"for another process", two, []string{"LISTEN_PID=1", "LISTEN_FDS=2"}, ""},
		{"none", nil, []string{"LISTEN_PID=self", "LISTEN_FDS=0"}, ""},
		{"nothing said", nil, nil, ""},
		{"fewer than said", two, []string{"LISTEN_PID=self", "LISTEN_FDS=3000", "LISTEN_FDNAMES=" + strings.Repeat(":", 2999)},
			"error: sdnotify: LISTEN_FDS: descriptor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, tt.files, tt.env...)
			if !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(got, end) {
				t.Errorf("got\n%swant\n%s%s", got, tt.want, end)
			}
			if !strings.HasPrefix(tt.want, "error") && got != tt.want+end {
				t.Errorf("got more than expected:\n%s", got)
			}
		})
	}
}

func TestListenVariablesAreReadStrictly(t *testing.T) {
	const pid = 100
	tests := []struct{ listenPID, fds, names, want string }{
		{"100x", "1", "", `LISTEN_PID "100x"`},
		{"+100", "1", "", `LISTEN_PID "+100"`},
		{"0", "1", "", `LISTEN_PID "0"`},
		{"99999999999", "1", "", `LISTEN_PID "99999999999"`},
		{"100", "-1", "", `LISTEN_FDS "-1"`},
		{"100", " 1", "", `LISTEN_FDS " 1"`},
		{"100", "65537", "", `LISTEN_FDS "65537"`},
		{"100", "2", "http", "1 names for 2 descriptors"},
		{"100", "1", "http:https", "2 names for 1 descriptors"},
	}
	for _, tt := range tests {
		env := map[string]string{"LISTEN_PID": tt.listenPID, "LISTEN_FDS": tt.fds, "LISTEN_FDNAMES": tt.names}
		got, err := readListen(func(name string) string { return env[name] }, pid)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, %v; want %q", tt, got, err, tt.want)
		}
	}
}
