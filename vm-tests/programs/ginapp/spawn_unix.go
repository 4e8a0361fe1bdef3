//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
)

// spawn leaves two processes behind that are called leftover: one that ignores
// SIGTERM, and one that has double-forked out of session and environment.
func spawn() error {
	const script = `trap "" TERM INT HUP; exec -a leftover sleep 1000`
	child := exec.Command("bash", "-c", script)
	daemon := exec.Command("setsid", "bash", "-c", "("+script+") & exit 0")
	daemon.Env = []string{"PATH=" + os.Getenv("PATH")}
	return errors.Join(child.Start(), daemon.Run())
}

// linger is for systems without a shell.
func linger([]string) {}
