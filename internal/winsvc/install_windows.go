package winsvc

import (
	"fmt"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// Install makes the service manager know a service, or one that it knows start what Spec
// says: the rest of that stays as an administrator may have changed it. The report says
// what was done, and what this service manager does not take.
func Install(spec Spec, dryRun bool) (report string, err error) {
	if dryRun {
		return planned(spec)
	}
	err = with(windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_CREATE_SERVICE, func(m *mgr.Mgr) error {
		s, err := open(m, spec.Name, windows.SERVICE_ALL_ACCESS)
		switch {
		case isMissing(err):
			report, err = create(m, spec)
		case err == nil:
			defer func() { _ = s.Close() }()
			report, err = update(s, spec)
		}
		return err
	})
	return report, err
}

// planned is the report of an installation that is not done.
func planned(spec Spec) (report string, err error) {
	err = withService(spec.Name, look, func(s *mgr.Service) error {
		changes, err := changes(s, spec)
		report = changes.report(spec.Name, "would be changed")
		return err
	})
	if isMissing(err) {
		return fmt.Sprintf("the service %s would be installed:\n  %s\n", spec.Name, strings.Join(spec.lines(), "\n  ")), nil
	}
	return report, err
}

func create(m *mgr.Mgr, spec Spec) (report string, err error) {
	text := func(s string) (pointer *uint16) {
		if err == nil {
			pointer, err = windows.UTF16PtrFromString(s)
		}
		return pointer
	}
	name, line, account := text(spec.Name), text(spec.commandLine()), text(spec.account())
	if err != nil {
		return "", fmt.Errorf("install the service %s: %w", spec.Name, err)
	}
	handle, err := windows.CreateService(m.Handle, name, name, windows.SERVICE_ALL_ACCESS, windows.SERVICE_WIN32_OWN_PROCESS,
		windows.SERVICE_AUTO_START, windows.SERVICE_ERROR_NORMAL, line, nil, nil, nil, account, nil)
	if err != nil {
		return "", explained(fmt.Sprintf("install the service %s for the account %s (--account names another)", spec.Name, spec.account()), err)
	}
	s := &mgr.Service{Name: spec.Name, Handle: handle}
	defer func() { _ = s.Close() }()
	report = fmt.Sprintf("the service %s is installed:\n  %s\n", spec.Name, strings.Join(spec.lines(), "\n  "))
	for _, setting := range settings(s, spec) {
		if err := setting.set(); err != nil {
			report += fmt.Sprintf("not taken by this service manager: %s: %v\n", setting.what, err)
		}
	}
	return report, nil
}

// setting is one that a service is installed without.
type setting struct {
	what string
	set  func() error
}

func settings(s *mgr.Service, spec Spec) []setting {
	return []setting{
		{"description", func() error {
			text, err := windows.UTF16PtrFromString(spec.Description)
			if err != nil {
				return err
			}
			return change(s, windows.SERVICE_CONFIG_DESCRIPTION, &windows.SERVICE_DESCRIPTION{Description: text})
		}},
		{"delayed automatic start", func() error {
			return change(s, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &windows.SERVICE_DELAYED_AUTO_START_INFO{IsDelayedAutoStartUp: 1})
		}},
		{"recovery", func() error { return s.SetRecoveryActions(recovery(), uint32(forgiven/time.Second)) }},
		{"recovery when it stops with an error", func() error { return s.SetRecoveryActionsOnNonCrashFailures(true) }},
		{"time for the drain at shutdown", func() error {
			milliseconds := uint32(shutdownTime.Milliseconds())
			return change(s, windows.SERVICE_CONFIG_PRESHUTDOWN_INFO, &milliseconds)
		}},
		{"source of events", func() error { return registerSource(spec.Name) }},
	}
}

func recovery() []mgr.RecoveryAction {
	var actions []mgr.RecoveryAction
	for _, pause := range restarts {
		actions = append(actions, mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: pause})
	}
	return actions
}

// change one of the service manager's structures.
func change[T any](s *mgr.Service, level uint32, to *T) error {
	return windows.ChangeServiceConfig2(s.Handle, level, (*byte)(unsafe.Pointer(to)))
}

// differences between a service as it is installed and as it is asked for.
type differences struct {
	line, account string // empty: as asked
	lines         []string
}

func changes(s *mgr.Service, spec Spec) (differences, error) {
	var d differences
	now, err := queryConfig(s)
	if err != nil {
		return d, explained("read how the service "+s.Name+" is installed", err)
	}
	if line := windows.UTF16PtrToString(now.BinaryPathName); line != spec.commandLine() {
		d.line = spec.commandLine()
		d.lines = append(d.lines, "command: "+d.line+", instead of "+line)
	}
	if account := windows.UTF16PtrToString(now.ServiceStartName); spec.Account != "" && !strings.EqualFold(account, spec.account()) {
		d.account = spec.account()
		d.lines = append(d.lines, "account: "+d.account+", instead of "+account)
	}
	return d, nil
}

func (d differences) report(name, done string) string {
	if len(d.lines) == 0 {
		return fmt.Sprintf("the service %s is installed as asked: nothing changes\n", name)
	}
	return fmt.Sprintf("the service %s %s, from its next start on:\n  %s\n", name, done, strings.Join(d.lines, "\n  "))
}

func update(s *mgr.Service, spec Spec) (report string, err error) {
	d, err := changes(s, spec)
	if err != nil || len(d.lines) == 0 {
		return d.report(s.Name, ""), err
	}
	var line, account, password *uint16 // nil is as it was
	if d.line != "" {
		line, err = windows.UTF16PtrFromString(d.line)
	}
	if d.account != "" && err == nil {
		account, err = windows.UTF16PtrFromString(d.account)
		password = new(uint16) // that of accounts which have none
	}
	if err == nil {
		const same = windows.SERVICE_NO_CHANGE
		err = windows.ChangeServiceConfig(s.Handle, same, same, same, line, nil, nil, nil, account, password, nil)
	}
	if err != nil {
		return "", explained("change the service "+s.Name, err)
	}
	return d.report(s.Name, "is changed"), nil
}

// queryConfig reads what every service manager has.
func queryConfig(s *mgr.Service) (*windows.QUERY_SERVICE_CONFIG, error) {
	const most = 8 << 10 // as QueryServiceConfigW says
	buffer := make([]uint64, most/8)
	config := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buffer[0]))
	var needed uint32
	return config, windows.QueryServiceConfig(s.Handle, config, most, &needed)
}

// sources of the log Application.
const sources = `SYSTEM\CurrentControlSet\Services\EventLog\Application\`

// registerSource has Event Viewer find the texts of a service's events.
func registerSource(name string) error {
	if hasSource(name) {
		return nil
	}
	return eventlog.InstallAsEventCreate(name, eventlog.Error|eventlog.Warning|eventlog.Info)
}

func hasSource(name string) bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, sources+name, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	_ = key.Close()
	return true
}
