package winsvc

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows/svc"
)

// TestAServiceHasFoldersAndStreams, whatever the service manager has left out.
func TestAServiceHasFoldersAndStreams(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("ProgramData", "")
	t.Setenv("LOGS_DIRECTORY", "")
	in, out, errs := os.Stdin, os.Stdout, os.Stderr
	defer func() { os.Stdin, os.Stdout, os.Stderr = in, out, errs }()
	os.Stderr = nil
	if err := settle("shop"); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if folder, err := os.Getwd(); err != nil || folder != filepath.Dir(program) {
		t.Errorf("it works in %s, %v; the program is %s", folder, err, program)
	}
	data := os.Getenv("ProgramData")
	if logs, want := os.Getenv("LOGS_DIRECTORY"), filepath.Join(data, "shop", "logs"); data == "" || logs != want {
		t.Errorf("its logs are in %s, want %s", logs, want)
	}
	if _, err := os.Stderr.WriteString("x"); err != nil {
		t.Error(err)
	}
	t.Setenv("LOGS_DIRECTORY", `D:\logs`)
	if err := findLogs("shop"); err != nil || os.Getenv("LOGS_DIRECTORY") != `D:\logs` {
		t.Errorf("its logs are in %s, %v; the environment said another folder", os.Getenv("LOGS_DIRECTORY"), err)
	}
}

func TestTheServiceManagerIsToldInItsOwnTypes(t *testing.T) {
	for _, tt := range []struct {
		now  Status
		want svc.Status
	}{
		{Status{StartPending, 3, 15 * time.Second}, svc.Status{
			State: svc.StartPending, CheckPoint: 3, WaitHint: 15000, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPreShutdown,
		}},
		{Status{State: Running}, svc.Status{
			State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPreShutdown | svc.AcceptParamChange,
		}},
		{Status{StopPending, 1, 15 * time.Second}, svc.Status{State: svc.StopPending, CheckPoint: 1, WaitHint: 15000}},
	} {
		if got := told(tt.now); got != tt.want {
			t.Errorf("%+v: told %+v, want %+v", tt.now, got, tt.want)
		}
	}
	if Stop != Control(svc.Stop) || PreShutdown != Control(svc.PreShutdown) || ParamChange != Control(svc.ParamChange) || State(svc.Running) != Running {
		t.Error("the numbers are not the API's")
	}
}

// TestATestIsNoService: the service manager has not started it.
func TestATestIsNoService(t *testing.T) {
	status, err := Run(t.Context(), func(_ context.Context, s *Service) int {
		if s != nil {
			t.Error("it is a service")
		}
		return 3
	})
	if status != 3 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
}
