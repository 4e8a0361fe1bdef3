package lab

import (
	"fmt"
	"runtime"

	"github.com/gind/gind/vm-tests/machine"
)

// ServerCores is how many cores a machine's services have after [Pin]: half of
// the host's, and one where there is no more.
func ServerCores() int { return max(1, runtime.NumCPU()/2) }

// Pin gives the machine's services, journald among them, the first half of the
// cores. What a server has others do for it, such as writing its log, is then
// paid from the same budget, and the load generator pays from its own.
func Pin(m *machine.Machine) {
	m.Write("/etc/systemd/system.conf.d/bench.conf", fmt.Sprintf("[Manager]\nCPUAffinity=0-%d\n", ServerCores()-1))
	m.Run("systemctl daemon-reexec && systemctl restart systemd-journald")
}

// AllCores is the line of a unit that [Pin] is not to bind.
func AllCores() string { return fmt.Sprintf("CPUAffinity=0-%d", runtime.NumCPU()-1) }

// OnLoadCores begins a line of shell that is to run on the other cores.
func OnLoadCores() string {
	last := runtime.NumCPU() - 1
	return fmt.Sprintf("taskset --cpu-list %d-%d ", min(ServerCores(), last), last)
}
