package probe

import (
	"errors"
	"fmt"
	"regexp"
)

// UnitOptions of [Unit].
type UnitOptions struct {
	// Name of a systemd unit with its type, such as "redis-server.service".
	Name string
}

// unitName is systemd.unit(5): what a name may hold, and the types there are.
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]{1,240}\.(service|socket|target|mount|automount|device|swap|timer|path|slice|scope)$`)

// Unit passes while another unit of the system's service manager is active or
// reloading. It asks over D-Bus; nothing is run. Only Linux has it.
func Unit(o UnitOptions) (Func, error) {
	if !unitName.MatchString(o.Name) {
		return nil, fmt.Errorf("unit: %q is no name of a unit, such as redis-server.service", o.Name)
	}
	f, err := unit(o.Name)
	if err != nil {
		return nil, fmt.Errorf("unit: %w", err)
	}
	return f, nil
}

// judge says what is wrong with a unit in that state.
func judge(name, load, active, sub string) error {
	switch {
	case load == "not-found":
		return fmt.Errorf("%s: there is no such unit", name)
	case load == "masked":
		return fmt.Errorf("%s is masked", name)
	case active == "active" || active == "reloading" || active == "refreshing":
		return nil
	case active == "":
		return errors.New(name + ": the service manager does not say whether it is active")
	}
	return fmt.Errorf("%s is %s (%s)", name, active, sub)
}
