//go:build linux

package windows

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

const (
	shopProgram = `C:\Program Files\shop\shop.exe`
	shopConfig  = `C:\Köln am Rhein\shop.yaml`
	shopURL     = "http://127.0.0.1:8085"
	driveC      = "/root/.wine/drive_c/"
	shopRecords = driveC + "ProgramData/shop/logs/"
	shopKey     = `HKLM\System\CurrentControlSet\Services\shop`
)

// windowsService has an application as a service of Wine's service manager, from its
// installation to the last trace. Wine's sc has neither qc nor control: the registry and
// "service reload" stand in for them.
func windowsService(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Run("install -D /root/programs/testapp.exe '" + driveC + "Program Files/shop/shop.exe' && mkdir '" + driveC + "Köln am Rhein'")
	writeShop(m, "{}")
	serviceIsInstalled(t, m)
	serviceIsReady(t, m)
	serviceReloads(t, m)
	serviceStopsWithoutLoss(t, m)
	serviceTellsHowItEnded(t, m)
	serviceLeavesNothing(t, m)
}

// writeShop writes the config, with a log as given.
func writeShop(m *machine.Machine, log string) {
	m.Write(driveC+"Köln am Rhein/shop.yaml", "listeners: {http: {address: '127.0.0.1:8085'}}\nlog: "+log+"\n")
}

// shopService is a line of shell for a command "service", of the service shop.
func shopService(action string, args ...string) string {
	return wine(shopProgram, append([]string{"service", action, "--name", "shop"}, args...)...)
}

// says fails the test unless a text has all words.
func says(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q:\n%s", what, word, text)
		}
	}
}

func serviceIsInstalled(t *testing.T, m *machine.Machine) {
	t.Helper()
	says(t, "status", m.Fail(1, shopService("status")), `no service shop is installed: "service install" does it`)
	says(t, "a dry run", m.Run(shopService("install", "--config", shopConfig, "--dry-run")), "would be installed", `NT SERVICE\shop`)
	m.Fail(1, wine("reg", "query", shopKey))

	says(t, "install", m.Run(shopService("install", "--config", shopConfig)), "is installed", "1s, 2s, 4s")
	says(t, "the registry", m.Run(wine("reg", "query", shopKey)),
		`"C:\Program Files\shop\shop.exe" "serve" "--config" "C:\K`, `shop.yaml"`, // reg prints in a code page
		`NT SERVICE\shop`, "DelayedAutoStart", "PreshutdownTimeout    REG_DWORD    0x2bf20", "Start    REG_DWORD    0x2")
	m.Run(wine("reg", "query", `HKLM\System\CurrentControlSet\Services\EventLog\Application\shop`))

	says(t, "install again", m.Run(shopService("install", "--config", shopConfig)), "nothing changes")
	says(t, "install for another account", m.Run(shopService("install", "--config", shopConfig, "--account", "LocalService")),
		`account: NT AUTHORITY\LocalService, instead of NT SERVICE\shop`)
	says(t, "the registry", m.Run(wine("reg", "query", shopKey)), `NT AUTHORITY\LocalService`, "Start    REG_DWORD    0x2")
	says(t, "install without an account", m.Run(shopService("install", "--config", shopConfig)), "nothing changes")
}

func serviceIsReady(t *testing.T, m *machine.Machine) {
	t.Helper()
	says(t, "start", m.Run(shopService("start")), "the service shop runs as process")
	says(t, "the service", m.Run("curl --silent --fail "+shopURL+"/ok"), "ok")
	says(t, "start again", m.Run(shopService("start")), "runs already")
	says(t, "status", m.Run(shopService("status")), "shop: running, process")
	says(t, "sc query", m.Run(wine("sc", "query", "shop")), "RUNNING")
	m.Run("grep '\"msg\":\"ready on ' " + shopRecords + "info.log")
}

// serviceReloads by control 128: a good config is in force, a bad one changes nothing.
func serviceReloads(t *testing.T, m *machine.Machine) {
	t.Helper()
	writeShop(m, "{level: debug}")
	says(t, "reload", m.Run(shopService("reload")), "its log has the verdict")
	m.Await(10*time.Second, "grep '\"msg\":\"reloaded\".*the service manager' "+shopRecords+"info.log")
	writeShop(m, "{levl: debug}")
	m.Run(shopService("reload"))
	m.Await(10*time.Second, "grep 'reload refused: .*levl' "+shopRecords+"error.log")
	m.Run("curl --silent --fail " + shopURL + "/ok")
	says(t, "status", m.Run(shopService("status")), "running")
	writeShop(m, "{}")
}

// serviceStopsWithoutLoss: who stops it waits for the request, which is answered.
func serviceStopsWithoutLoss(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Run("systemd-run --unit=slow --property=StandardOutput=file:/tmp/slow curl --silent --fail --max-time 20 '" + shopURL + "/slow?for=4s'")
	m.Await(5*time.Second, "ss --no-header --tcp --numeric state established '( dport = :8085 )' | grep .")
	says(t, "stop", m.Run(shopService("stop")), "the service shop has stopped")
	says(t, "the request that was in flight", m.Run("cat /tmp/slow"), "after 4s")
	if status := m.Run(shopService("status")); status != "shop: stopped" {
		t.Errorf("status says %q", status)
	}
	says(t, "stop again", m.Run(shopService("stop")), "does not run")
	m.Run("grep '\"msg\":\"drained\"' " + shopRecords + "info.log")
}

// serviceTellsHowItEnded: killed, or with a config that is bad.
func serviceTellsHowItEnded(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Run(shopService("start"))
	m.Run("kill -KILL $(pgrep --full 'shop[.]exe serve')")
	m.Await(10*time.Second, "("+shopService("status")+") | grep 'stopped with error 1067'")

	writeShop(m, "{levl: debug}")
	m.Run("rm -rf " + driveC + "ProgramData/gind/config") // no last good one stands in
	says(t, "start with a bad config", m.Fail(1, shopService("start")), "stopped with exit status 78")
	says(t, "sc query", m.Run(wine("sc", "query", "shop")), "WIN32_EXIT_CODE    : 1066", "SERVICE_EXIT_CODE  : 78")
}

func serviceLeavesNothing(t *testing.T, m *machine.Machine) {
	t.Helper()
	writeShop(m, "{}")
	m.Run(shopService("start"))
	says(t, "a dry run", m.Run(shopService("uninstall", "--dry-run")), "would be uninstalled; it is running")
	says(t, "uninstall", m.Run(shopService("uninstall")), "is uninstalled")
	m.Fail(1, "pgrep --full 'shop[.]exe serve'")
	m.Fail(1, wine("reg", "query", shopKey))
	m.Fail(1, wine("reg", "query", `HKLM\System\CurrentControlSet\Services\EventLog\Application\shop`))
	says(t, "uninstall again", m.Run(shopService("uninstall")), "nothing changes")
}
