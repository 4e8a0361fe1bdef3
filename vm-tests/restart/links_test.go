//go:build linux

package restart

import (
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// A release is put in place by a link that is switched: the program, the working
// directory, or both. The old one is gone by the time of the upgrade.
func TestUpgradeFollowsLinks(t *testing.T) {
	followLinks(t, "WorkingDirectory=/srv/current\nExecStart=\nExecStart=/srv/current/bin/gind serve")
}

func TestUpgradeFollowsTheLinkOfAFolder(t *testing.T) {
	followLinks(t, "WorkingDirectory=/srv/current")
}

func followLinks(t *testing.T, lines string) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		release := func(number string) {
			m.Run("mkdir -p /srv/releases/" + number + "/etc /srv/releases/" + number + "/bin")
			m.Run("cp /usr/bin/gind /srv/releases/" + number + "/bin/gind && ln -sfn /srv/releases/" + number + " /srv/current")
		}
		release("1")
		service.DropIn(m, "gind.service", "[Service]\n"+lines)
		service.StartForLoad(m)
		for _, number := range []string{"2", "3"} {
			m.Run("rm -r /srv/releases/*")
			release(number)
			m.Run(service.Upgrade)
			m.Run("readlink /proc/" + service.Property(m, "MainPID") + "/cwd | grep '^/srv/releases/" + number + "'")
		}
		if got := service.Property(m, "NRestarts"); got != "0" {
			t.Errorf("NRestarts=%s", got)
		}
	})
}
