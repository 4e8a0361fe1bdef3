package program

import (
	"context"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/service"
)

// warnings are what check says of a good config, in one text.
func (s *site) warnings() string {
	s.t.Helper()
	list, err := s.program().check(context.Background(), command.Input{ConfigFile: s.file(), Explicit: true})
	if err != nil {
		s.t.Fatal(err)
	}
	var texts []string
	for _, w := range list {
		texts = append(texts, w.Error())
	}
	return strings.Join(texts, "\n")
}

func TestCheckWarnsOfAnAlertThatNobodyWouldHear(t *testing.T) {
	s := newSite(t, nil)
	s.write("alerts:\n  pager: {type: command, command: [/nonexistent/pager, now]}\n  shell: {type: command, command: [%q]}\n", testProgram(t))
	if got := s.warnings(); !strings.Contains(got, "probe.yaml:3:") || !strings.Contains(got, "alerts.pager.command: nobody would be told: ") || strings.Contains(got, "shell") {
		t.Errorf("warnings:\n%s", got)
	}
}

func TestCheckWarnsOfAddressesThatCannotBeHad(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := newSite(t, nil)
	s.write("listeners:\n  free: {address: '127.0.0.1:0'}\n  taken: {address: %q}\n  strange: {address: '192.0.2.1:8080'}\n", taken.Addr())
	got := s.warnings()
	if runtime.GOOS == "windows" {
		return
	}
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, want := range []string{
		"probe.yaml:4:", "listeners.taken.address: port " + port + " is taken",
		"probe.yaml:5:", `listeners.strange.address: "192.0.2.1:8080" is no address of this machine`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "free") {
		t.Errorf("an address that is free:\n%s", got)
	}
}

// testProgram is one that can be run.
func testProgram(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckWarnsOfASetupThatDoesTheWorkOfAStart(t *testing.T) {
	quick := newSite(t, nil)
	quick.write("server: {}\n")
	if got := quick.warnings(); got != "" {
		t.Errorf("a setup that only declares: %s", got)
	}
	var database *os.File
	slow := newSite(t, func(*service.Service) (err error) {
		time.Sleep(quickSetup + time.Millisecond)
		database, err = os.CreateTemp(t.TempDir(), "database")
		return err
	})
	slow.write("server: {}\n")
	got := slow.warnings()
	_ = database.Close()
	if !strings.Contains(got, "setup took 1s") || runtime.GOOS == "linux" && !strings.Contains(got, "setup leaves open: "+database.Name()+": ") {
		t.Errorf("warnings:\n%s", got)
	}
}
