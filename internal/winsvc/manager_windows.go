package winsvc

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/mgr"
)

// look are the rights of those who only ask, which everybody has.
const look = windows.SERVICE_QUERY_STATUS | windows.SERVICE_QUERY_CONFIG

// with calls f with the service manager, opened with some rights.
func with(rights uint32, f func(*mgr.Mgr) error) error {
	handle, err := windows.OpenSCManager(nil, nil, rights)
	if err != nil {
		return explained("open the service manager", err)
	}
	m := &mgr.Mgr{Handle: handle}
	defer func() { _ = m.Disconnect() }()
	return f(m)
}

// withService calls f with an installed service.
func withService(name string, rights uint32, f func(*mgr.Service) error) error {
	return with(windows.SC_MANAGER_CONNECT, func(m *mgr.Mgr) error {
		s, err := open(m, name, rights)
		if err != nil {
			return err
		}
		defer func() { _ = s.Close() }()
		return f(s)
	})
}

// open a service.
func open(m *mgr.Mgr, name string, rights uint32) (*mgr.Service, error) {
	pointer, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, fmt.Errorf("the name %q of a service: %w", name, err)
	}
	handle, err := windows.OpenService(m.Handle, pointer, rights)
	switch {
	case isMissing(err):
		return nil, fmt.Errorf(`no service %s is installed: "service install" does it: %w`, name, err)
	case err != nil:
		return nil, explained("open the service "+name, err)
	}
	return &mgr.Service{Name: name, Handle: handle}, nil
}

// isMissing reports whether there is no such service, or soon none.
func isMissing(err error) bool {
	return errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) || errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE)
}

// explained says what an administrator has that this user has not.
func explained(tried string, err error) error {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return fmt.Errorf(`%s: it needs elevation: use a prompt that was opened by "Run as administrator": %w`, tried, err)
	}
	return fmt.Errorf("%s: %w", tried, err)
}

// pollTime is how often a service is looked at that starts or stops.
const pollTime = 100 * time.Millisecond
