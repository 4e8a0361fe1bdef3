package winsvc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// StartService has a service started, and waits until it is ready or why it is not is known.
func StartService(ctx context.Context, name string) (report string, err error) {
	err = withService(name, look|windows.SERVICE_START, func(s *mgr.Service) error {
		err := s.Start()
		if errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
			report = fmt.Sprintf("the service %s runs already\n", name)
			return nil
		}
		if err != nil {
			return explained("start the service "+name, err)
		}
		status, err := await(ctx, s, svc.Running)
		if err != nil {
			return fmt.Errorf("start the service %s: %w", name, err)
		}
		report = fmt.Sprintf("the service %s runs as process %d\n", name, status.ProcessId)
		return nil
	})
	return report, err
}

// StopService has a service stopped, and waits for the end of its drain.
func StopService(ctx context.Context, name string) (report string, err error) {
	err = withService(name, look|windows.SERVICE_STOP, func(s *mgr.Service) error {
		ran, err := stop(ctx, s)
		report = fmt.Sprintf("the service %s has stopped\n", name)
		if !ran {
			report = fmt.Sprintf("the service %s does not run\n", name)
		}
		return err
	})
	if err != nil {
		report = ""
	}
	return report, err
}

func stop(ctx context.Context, s *mgr.Service) (ran bool, err error) {
	_, err = s.Control(svc.Stop)
	switch {
	case errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE):
		return false, nil
	case errors.Is(err, windows.ERROR_SERVICE_CANNOT_ACCEPT_CTRL): // it stops already, or is waited for
	case err != nil:
		return true, explained("stop the service "+s.Name, err)
	}
	if _, err := await(ctx, s, svc.Stopped); err != nil {
		return true, fmt.Errorf("stop the service %s: %w", s.Name, err)
	}
	return true, nil
}

// ReloadService has a service read its config again. It does not learn the verdict.
func ReloadService(name string) (report string, err error) {
	err = withService(name, look|windows.SERVICE_USER_DEFINED_CONTROL, func(s *mgr.Service) error {
		if _, err := s.Control(svc.Cmd(Reload)); err != nil {
			return explained("have the service "+name+" reload", err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("the service %s was told to read its config again: its log has the verdict\n", name), nil
}

// ServiceStatus says how a service is.
func ServiceStatus(name string) (report string, err error) {
	err = withService(name, look, func(s *mgr.Service) error {
		status, err := s.Query()
		if err != nil {
			return explained("ask for the service "+name, err)
		}
		report = name + ": " + describe(status) + "\n"
		return nil
	})
	return report, err
}

// describe a status in a line.
func describe(status svc.Status) string {
	text := State(status.State).String()
	switch {
	case status.State != svc.Stopped:
		text += fmt.Sprintf(", process %d", status.ProcessId)
	case status.Win32ExitCode == uint32(windows.ERROR_SERVICE_SPECIFIC_ERROR):
		text += fmt.Sprintf(" with exit status %d", status.ServiceSpecificExitCode)
	case status.Win32ExitCode == uint32(windows.ERROR_SERVICE_NEVER_STARTED):
		text += ", not started since the machine has"
	case status.Win32ExitCode != 0:
		text += fmt.Sprintf(" with error %d: %v", status.Win32ExitCode, windows.Errno(status.Win32ExitCode))
	}
	return text
}

// await a state for as long as the service shows progress.
func await(ctx context.Context, s *mgr.Service, want svc.State) (svc.Status, error) {
	progress, last := time.Now(), svc.Status{}
	for {
		status, err := s.Query()
		if err != nil {
			return status, fmt.Errorf("ask for its state: %w", err)
		}
		if status.State != last.State || status.CheckPoint != last.CheckPoint {
			progress = time.Now()
		}
		last = status
		patience := max(time.Duration(status.WaitHint)*time.Millisecond, startHint)
		switch {
		case status.State == want:
			return status, nil
		case status.State == svc.Stopped:
			return status, fmt.Errorf("it is %s: the event log of applications and the service's log files say why", describe(status))
		case time.Since(progress) > patience:
			return status, fmt.Errorf("it is %s, and shows no progress for %v", describe(status), patience)
		}
		select {
		case <-ctx.Done():
			return status, fmt.Errorf("it is %s: %w", describe(status), ctx.Err())
		case <-time.After(pollTime):
		}
	}
}
