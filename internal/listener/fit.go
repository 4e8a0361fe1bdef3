package listener

import "slices"

// Fit tells which passed sockets the listeners of specs have a use for. One that the
// service had bound itself, for an address that is not wanted any more, is closed: as
// long as anybody has it open, a narrower address cannot be bound. unfit are the names
// under which such sockets were passed, for whoever else has them.
func Fit(specs []Spec, passed []Inherited) (fitting []Inherited, unfit []string) {
	for _, socket := range passed {
		own := socket
		own.fromStore()
		wanted := func(s Spec) bool { return s.Name == own.Name && own.wanted(s) }
		if !own.Own || slices.ContainsFunc(specs, wanted) {
			fitting = append(fitting, socket)
			continue
		}
		unfit = append(unfit, socket.Name)
		_ = socket.File.Close()
	}
	return fitting, unfit
}
