// Command stopwatch starts the commands given as its arguments, each a line
// without quotes, in turns, and prints for each start the command's number and
// how long it took until READY=1, in nanoseconds.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const patience = 20 * time.Second

func main() {
	rounds := flag.Int("rounds", 25, "`number` of starts of each command")
	flag.Parse()
	if err := measure(*rounds, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func measure(rounds int, commands []string) error {
	dir, err := os.MkdirTemp("", "stopwatch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for range rounds {
		for i, command := range commands {
			// A socket of its own for each start: nobody reads what an earlier process still says.
			took, err := start(filepath.Join(dir, "notify"), strings.Fields(command))
			if err != nil {
				return fmt.Errorf("%s: %w", command, err)
			}
			fmt.Println(i, took.Nanoseconds())
		}
	}
	return nil
}

// start is the time from exec to READY=1, see sd_notify(3).
func start(socket string, args []string) (time.Duration, error) {
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = notify.Close()
		_ = os.Remove(socket)
	}()
	if err := notify.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}

	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "HOME=/tmp")
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	return awaitReady(notify, begun)
}

func awaitReady(notify *net.UnixConn, begun time.Time) (time.Duration, error) {
	for message := make([]byte, 4096); ; {
		n, err := notify.Read(message)
		if err != nil {
			return 0, fmt.Errorf("no READY=1: %w", err)
		}
		for line := range bytes.Lines(message[:n]) {
			if string(bytes.TrimSpace(line)) == "READY=1" {
				return time.Since(begun), nil
			}
		}
	}
}
