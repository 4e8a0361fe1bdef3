//go:build !windows

package program

import (
	"context"
	"fmt"

	"github.com/gind/gind/internal/command"
)

// manage says what does the same where systemd manages services.
func (p *Program) manage(_ context.Context, _ command.Input, r command.ManageRequest) (report string, err error) {
	does := map[string]string{
		command.ManageInstall:   "a package installs the unit: apt install ./%s.deb, then systemctl enable --now %[1]s",
		command.ManageUninstall: "apt remove %s, which stops the unit before",
		command.ManageStart:     "systemctl start %s",
		command.ManageStop:      "systemctl stop %s",
		command.ManageReload:    "systemctl reload %s",
		command.ManageStatus:    "systemctl status %s",
	}[r.Action]
	return fmt.Sprintf("Nothing is done, since this is not Windows. Here: "+does+"\n", r.Name), nil
}
