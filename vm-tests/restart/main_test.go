//go:build linux

package restart

import (
	"os"
	"testing"

	"github.com/gind/gind/vm-tests/machine"
)

func TestMain(m *testing.M) { os.Exit(machine.Main(m)) }
