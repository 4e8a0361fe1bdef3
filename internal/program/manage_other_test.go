//go:build !windows

package program

import (
	"strings"
	"testing"

	"github.com/gind/gind/internal/command"
)

func TestElsewhereThanOnWindowsTheCommandsServiceSayWhatDoesTheSame(t *testing.T) {
	for action, want := range map[string]string{
		command.ManageInstall: "apt install ./shop.deb, then systemctl enable --now shop", command.ManageUninstall: "apt remove shop",
		command.ManageStart: "systemctl start shop", command.ManageStop: "systemctl stop shop",
		command.ManageReload: "systemctl reload shop", command.ManageStatus: "systemctl status shop",
	} {
		report, err := new(Program).manage(t.Context(), command.Input{}, command.ManageRequest{Action: action, Name: "shop"})
		if err != nil || !strings.Contains(report, want) || strings.Contains(report, "%!") {
			t.Errorf("%s: %q, %v; want %q", action, report, err, want)
		}
	}
}
