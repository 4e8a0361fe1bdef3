package process

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inBothTrees runs a test with cgroups, where they can be made, and without.
func inBothTrees(t *testing.T, test func(t *testing.T)) {
	t.Run("cgroup", func(t *testing.T) {
		cg, err := newCgroup("test-" + newID())
		if err != nil {
			t.Skip("no cgroup can be made here:", err)
		}
		cg.dir.Close()
		if err := cg.remove(); err != nil {
			t.Fatal(err)
		}
		test(t)
	})
	t.Run("proc", func(t *testing.T) {
		withoutCgroups(t)
		test(t)
	})
}

func withoutCgroups(t *testing.T) {
	before := ownCgroup
	ownCgroup = func() (string, error) { return "", errors.New("not in this test") }
	t.Cleanup(func() { ownCgroup = before })
}

func alive(pid int) bool {
	e, err := readEntry(pid)
	return err == nil && !e.zombie
}

func TestKillAllLeavesNoDaemonBehind(t *testing.T) {
	for _, stay := range []string{"", "yes"} {
		inBothTrees(t, func(t *testing.T) {
			c := command("daemons")
			c.Env = append(c.Env, "STAY="+stay)
			p := start(t, c)
			pids := numbers(t, bufio.NewReader(p.stdout), 3)
			if stay == "" {
				p.waited(t)
			}
			for _, pid := range pids {
				if !alive(pid) {
					t.Fatalf("daemon %d did not survive its parent", pid)
				}
				if !slices.Contains(p.Members(), pid) {
					t.Errorf("daemon %d is not known as the program's", pid)
				}
			}
			if members := p.Members(); slices.Contains(members, os.Getpid()) || slices.Contains(members, 1) {
				t.Errorf("%v: the program did not start all of them", members)
			}
			if err := p.KillAll(); err != nil {
				t.Fatal(err)
			}
			for _, pid := range pids {
				if alive(pid) {
					t.Errorf("daemon %d is still there", pid)
				}
			}
			if p.tree.cgroup != nil {
				if _, err := os.Stat(p.tree.cgroup.path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the cgroup is still there: %v", err)
				}
			}
		})
	}
}

func TestKillAllWinsAgainstAProgramThatForks(t *testing.T) {
	inBothTrees(t, func(t *testing.T) {
		p := start(t, command("brood"))
		pids := numbers(t, bufio.NewReader(p.stdout), 5)
		if err := p.KillAll(); err != nil {
			t.Fatal(err)
		}
		// The pipe ends when nobody holds it any more.
		for line := bufio.NewScanner(p.stdout); line.Scan(); {
			pid, _ := strconv.Atoi(line.Text())
			pids = append(pids, pid)
		}
		for _, pid := range pids {
			if alive(pid) {
				t.Errorf("child %d of %d is still there", pid, len(pids))
			}
		}
	})
}

func TestKillAllSparesOtherPrograms(t *testing.T) {
	inBothTrees(t, func(t *testing.T) {
		c := command("daemons")
		c.Env = append(c.Env, "STAY=yes")
		one, other := start(t, c), start(t, c)
		numbers(t, bufio.NewReader(one.stdout), 3)
		kept := numbers(t, bufio.NewReader(other.stdout), 3)
		sibling := exec.Command("sleep", "60")
		if err := sibling.Start(); err != nil {
			t.Fatal(err)
		}
		if err := one.KillAll(); err != nil {
			t.Fatal(err)
		}
		for _, pid := range append(kept, other.PID(), sibling.Process.Pid) {
			if !alive(pid) {
				t.Errorf("process %d was killed with a program that did not start it", pid)
			}
		}
		if err := sibling.Process.Kill(); err != nil {
			t.Error(err)
		}
		var exit *exec.ExitError
		if err := sibling.Wait(); !errors.As(err, &exit) {
			t.Errorf("os/exec's child: %v", err)
		}
	})
}

func TestMemoryIsThatOfTheTree(t *testing.T) {
	inBothTrees(t, func(t *testing.T) {
		c := command("daemons")
		c.Env = append(c.Env, "STAY=yes")
		p := start(t, c)
		numbers(t, bufio.NewReader(p.stdout), 3)
		one := resident([]int{p.PID()})
		if all := p.Memory(); one < 1<<20 || all < 3*one || all > 1<<30 {
			t.Errorf("%d bytes, and %d of them the program's own", all, one)
		}
	})
}

func TestZombiesAreCollectedAndOthersChildrenAreNot(t *testing.T) {
	withoutCgroups(t)
	p := start(t, command("daemons"))
	pids := numbers(t, bufio.NewReader(p.stdout), 3)
	p.waited(t)
	patient := exec.Command("true")
	if err := patient.Start(); err != nil {
		t.Fatal(err)
	}
	// A child of os/exec that has ended stands in line before the orphans, and
	// keeps its status for the one who waits.
	for !zombie(patient.Process.Pid) {
		time.Sleep(time.Millisecond)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2 * guestPause)
	if err := patient.Wait(); err != nil {
		t.Errorf("os/exec's child was taken away: %v", err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for _, pid := range pids {
		for zombie(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("%d is still a zombie", pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func zombie(pid int) bool {
	e, err := readEntry(pid)
	return err == nil && e.zombie
}

func TestManyShortProgramsKeepTheirStatus(t *testing.T) {
	c := command("sh")
	c.Path, c.Args = "/bin/sh", []string{"sh", "-c", "exit 7"}
	for range 20 {
		group := make([]*actor, 10)
		for i := range group {
			group[i] = start(t, c)
		}
		for _, p := range group {
			if exit := p.waited(t); exit.Code != 7 {
				t.Fatalf("ended with %v", exit)
			}
		}
	}
}

func TestProgramsDieWithTheirSupervisor(t *testing.T) {
	for _, how := range []string{"", "yes"} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), "TEST_ROLE=parent", "BY_TRAMPOLINE="+how)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pid := numbers(t, bufio.NewReader(out), 1)[0]
		if !alive(pid) {
			t.Fatalf("%d does not run", pid)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		for begin := time.Now(); alive(pid); time.Sleep(time.Millisecond) {
			if time.Since(begin) > time.Minute { // it is killed, and to be reaped by whoever is process 1
				t.Fatalf("by trampoline %q: %d outlives its supervisor", how, pid)
			}
		}
	}
}

func TestAsPID1(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--pid", "--fork", "--mount-proc", self)
	cmd.Env = append(os.Environ(), "TEST_ROLE=init")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if strings.Contains(errs.String(), "unshare") || errors.Is(err, exec.ErrNotFound) {
		t.Skipf("no process namespace can be made here: %v %s", err, errs.String())
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 42 || out.String() != "pid 1 left 0 error <nil>\n" {
		t.Errorf("%v, %q, %q", err, out.String(), errs.String())
	}
}

func TestStatIsReadWhateverTheProgramIsCalled(t *testing.T) {
	line := "42 (a) R 1 2 (b)) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 10\n"
	got, err := parseEntry(42, []byte(line))
	want := entry{pid: 42, parent: 7, group: 8, session: 9, start: 12345}
	if got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "42 (a) R 1", "42 (a) R x 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 1\n"} {
		if _, err := parseEntry(42, []byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestCgroupIsFoundInTheMounts(t *testing.T) {
	const hybrid = "30 25 0:26 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
	const pure = "29 22 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
	const container = "30 25 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
	tests := []struct{ mounts, groups, want string }{
		{hybrid, "1:name=systemd:/x\n0::/system.slice/gind.service\n", "/sys/fs/cgroup/unified/system.slice/gind.service"},
		{pure, "0::/\n", "/sys/fs/cgroup"},
		{container, "0::/docker/abc/one\n", "/sys/fs/cgroup/one"},
		{container, "0::/docker/other\n", ""},
		{pure, "4:memory:/x\n", ""},
		{"25 1 0:20 / /sys rw - sysfs sysfs rw\n", "0::/\n", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		got, err := findCgroup([]byte(test.mounts), []byte(test.groups))
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q in %q: %q, %v", test.groups, test.mounts, got, err)
		}
	}
}
