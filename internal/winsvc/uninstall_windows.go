package winsvc

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// Uninstall stops a service, waits for its drain and has the service manager forget it.
// Its files stay where they are.
func Uninstall(ctx context.Context, name string, dryRun bool) (report string, err error) {
	if dryRun {
		return unplanned(name)
	}
	err = withService(name, windows.SERVICE_ALL_ACCESS, func(s *mgr.Service) error {
		if _, err := stop(ctx, s); err != nil {
			return err
		}
		if err := s.Delete(); err != nil {
			return explained("uninstall the service "+name, err)
		}
		return nil
	})
	report = fmt.Sprintf("the service %s is uninstalled; its config, data and logs stay\n", name)
	switch {
	case isMissing(err):
		report = fmt.Sprintf("no service %s is installed: nothing changes\n", name)
	case err != nil:
		return "", err
	default:
		awaitGone(ctx, name)
	}
	if hasSource(name) {
		if err := eventlog.Remove(name); err != nil {
			return report, explained("remove the source of events "+name, err)
		}
	}
	return report, nil
}

// unplanned is the report of what would be uninstalled.
func unplanned(name string) (report string, err error) {
	err = withService(name, look, func(s *mgr.Service) error {
		status, err := s.Query()
		report = fmt.Sprintf("the service %s would be uninstalled; it is %s\n", name, State(status.State))
		return err
	})
	if isMissing(err) {
		return fmt.Sprintf("no service %s is installed: nothing would change\n", name), nil
	}
	return report, err
}

// goneTime is how long others may have a service open that is deleted: the Services
// console has, and then it is gone when that is closed.
const goneTime = 3 * time.Second

func awaitGone(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, goneTime)
	defer cancel()
	for withService(name, look, func(*mgr.Service) error { return nil }) == nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pollTime):
		}
	}
}
