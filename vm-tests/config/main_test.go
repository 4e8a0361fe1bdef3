//go:build linux

package config

import (
	"os"
	"testing"

	"github.com/gind/gind/vm-tests/machine"
)

func TestMain(m *testing.M) { os.Exit(machine.Main(m)) }
