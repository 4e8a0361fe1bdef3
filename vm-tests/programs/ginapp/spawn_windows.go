package main

import (
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// spawn leaves two processes behind, "ginapp linger": a child and a grandchild,
// each in a process group of its own, and deaf to Ctrl-C and Ctrl-Break.
func spawn() error { return start("linger", "again") }

// linger stays, and starts another one that does if it is told to.
func linger(args []string) {
	signal.Ignore(os.Interrupt)
	if len(args) > 0 {
		if err := start("linger"); err != nil {
			log.Fatal(err)
		}
	}
	time.Sleep(time.Hour)
}

func start(args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	return cmd.Start()
}
