package supervise

import (
	"slices"
	"strings"

	"github.com/gind/gind/internal/supervise/process"
)

// Missing finds what the program needs to be started that this machine does not have at
// the moment. What [Spec.Check] finds is not in it.
func (s Spec) Missing() []*Mistake {
	p, wrong := makePlan(s)
	if len(wrong) > 0 {
		return nil
	}
	return p.missing()
}

func (p *plan) missing() []*Mistake {
	_, wrong := p.find()
	if len(p.Probe.Command) > 0 {
		if _, err := p.runnable(p.Probe.Command[0]); err != nil {
			wrong = append(wrong, &Mistake{"probe.command", err})
		}
	}
	for name, value := range p.limits() {
		limit, err := process.ParseLimit(name, value)
		if err == nil {
			err = limit.Settable()
		}
		if err != nil {
			wrong = append(wrong, &Mistake{"limits." + name, err})
		}
	}
	slices.SortStableFunc(wrong, func(a, b *Mistake) int { return strings.Compare(a.Key, b.Key) })
	return wrong
}

// find is the program's file, or why it can't be started where it is to be.
func (p *plan) find() (path string, wrong []*Mistake) {
	if p.Directory != "" {
		if err := process.Enterable(p.Directory); err != nil {
			wrong = append(wrong, &Mistake{"directory", err})
		}
	}
	path, err := p.runnable(p.Command[0])
	if err != nil {
		wrong = append(wrong, &Mistake{"command", err})
	}
	return path, wrong
}

func (p *plan) runnable(name string) (path string, err error) {
	path, err = process.Find(name, p.Directory, p.command.Env)
	if err == nil {
		err = process.Runnable(path)
	}
	return path, err
}
