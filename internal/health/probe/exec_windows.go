package probe

import "os/exec"

// killTree leaves it to package exec to kill the command alone.
func killTree(*exec.Cmd) {}
