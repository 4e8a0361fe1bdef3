package program

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/unit"
)

// check puts the service together, which reads and checks everything that a
// start would, and takes it apart again. What is no mistake, and may be one here, is
// a warning: of the setup, and of what only this machine can tell.
func (p *Program) check(ctx context.Context, in command.Input) (warnings []*config.Mistake, err error) {
	o := p.options(p.layers().Loader(in))
	watched := watchSetup(&o)
	s, err := inspect(ctx, o)
	warnings = append(watched.warnings, p.poorUnit(ctx)...)
	if err != nil {
		return warnings, err
	}
	now := s.Config().Current()
	warnings = append(warnings, p.badAddresses(ctx, in, now)...)
	return append(warnings, missingCommands(now)...), s.Discard()
}

// poorUnit is what the service's unit lacks, if systemd can be asked and has one.
func (p *Program) poorUnit(ctx context.Context) []*config.Mistake {
	limit, known, err := unit.StoreMax(ctx, p.Name+".service")
	if err != nil || !known || limit > 0 {
		return nil
	}
	return []*config.Mistake{{Text: "the unit keeps no descriptors: FileDescriptorStoreMax= is 0 in " + p.Name + ".service; a restart closes keep-alive connections"}}
}

// missingCommands are those of alerts that this machine does not have. They are no
// mistakes: nobody is to be without a service for want of somebody to be told.
func missingCommands(now *config.Snapshot) (warnings []*config.Mistake) {
	alerts := settings.Of(now).Alerts
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		command := alerts[name].Command
		if len(command) == 0 {
			continue
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			warnings = append(warnings, now.Mistake(fmt.Sprintf("alerts.%s.command", name), "nobody would be told: %v", err))
		}
	}
	return warnings
}
