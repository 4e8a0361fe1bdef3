package process

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

func alive(pid int) bool {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing was written
	state, err := windows.WaitForSingleObject(process, 0)
	return err == nil && state == uint32(windows.WAIT_TIMEOUT)
}

func TestKillAllLeavesNoDescendantBehind(t *testing.T) {
	for _, stay := range []string{"", "yes"} {
		c := command("family")
		c.Env = append(c.Env, "STAY="+stay)
		p := start(t, c)
		pids := numbers(t, bufio.NewReader(p.stdout), 2)
		if stay == "" {
			p.waited(t)
		}
		for _, pid := range pids {
			if !alive(pid) {
				t.Fatalf("descendant %d did not survive its parent", pid)
			}
		}
		if err := p.KillAll(); err != nil {
			t.Fatal(err)
		}
		for _, pid := range append(pids, p.PID()) {
			if alive(pid) {
				t.Errorf("process %d is still there", pid)
			}
		}
	}
}

func TestKillAllSparesOtherPrograms(t *testing.T) {
	c := command("family")
	c.Env = append(c.Env, "STAY=yes")
	one, other := start(t, c), start(t, c)
	numbers(t, bufio.NewReader(one.stdout), 2)
	kept := numbers(t, bufio.NewReader(other.stdout), 2)
	if err := one.KillAll(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range append(kept, other.PID()) {
		if !alive(pid) {
			t.Errorf("process %d was killed with a program that did not start it", pid)
		}
	}
}

func TestProgramsDieWithTheirSupervisor(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_ROLE=parent")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	pids := numbers(t, bufio.NewReader(out), 3)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		for begin := time.Now(); alive(pid); time.Sleep(time.Millisecond) {
			if time.Since(begin) > 5*time.Second {
				t.Fatalf("%d outlives its supervisor", pid)
			}
		}
	}
}

func TestMemoryIsThatOfTheTree(t *testing.T) {
	c := command("family")
	c.Env = append(c.Env, "STAY=yes")
	p := start(t, c)
	pids := append(numbers(t, bufio.NewReader(p.stdout), 2), p.PID())
	members := p.Members()
	slices.Sort(pids)
	slices.Sort(members)
	if !slices.Equal(members, pids) {
		t.Errorf("members %v, want %v", members, pids)
	}
	if one, all := workingSet(p.PID()), p.Memory(); one < 1<<20 || all < 2*one || all > 4<<30 {
		t.Errorf("%d bytes, and %d of them the program's own", all, one)
	}
	if err := p.KillAll(); err != nil {
		t.Fatal(err)
	}
	if all := p.Memory(); all != 0 || len(p.Members()) > 0 {
		t.Errorf("ended, and %v hold %d bytes", p.Members(), all)
	}
}
