// Command supervised is a program that is kept running by others, and who
// measures how they do it.
//
//	supervised run FILE            write when it began into FILE, and stay
//	supervised log LINES FILE      print lines, write what that took into FILE, and stay
//	supervised kill FILE ROUNDS    kill who wrote FILE, and print how long after that the next one began
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// healthy is how long a program runs before it is killed: longer than the
// second that a supervisor wants to see before it restarts it at once.
const healthy = 1500 * time.Millisecond

func main() {
	begun := time.Now()
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "run":
		if err = write(args[1], os.Getpid(), begun.UnixNano()); err == nil {
			stay()
		}
	case len(args) == 3 && args[0] == "log":
		if err = print(args[1], args[2]); err == nil {
			stay()
		}
	case len(args) == 3 && args[0] == "kill":
		err = kill(args[1], args[2])
	default:
		err = fmt.Errorf("called with %q", args)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// stay does nothing until it is killed. The Go runtime takes an empty select for
// a deadlock.
func stay() { time.Sleep(1 << 62) }

// write writes two numbers, so that they are seen together or not at all.
func write(file string, a int, b int64) error {
	if err := os.WriteFile(file+".new", fmt.Appendf(nil, "%d %d\n", a, b), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func read(file string) (a int, b int64, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		_, err = fmt.Sscan(string(text), &a, &b)
	}
	return a, b, err
}

// print writes the nanoseconds that the lines took, and the processor time that
// was this program's own.
func print(lines, file string) error {
	n, err := strconv.Atoi(lines)
	if err != nil {
		return err
	}
	begun := time.Now()
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	text := strings.Repeat("a log line as people write them, ", 3) + "\n" // 100 bytes
	for range n {
		if _, err := out.WriteString(text); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return write(file, os.Getpid(), time.Since(begun).Nanoseconds())
}

func kill(file, rounds string) error {
	n, err := strconv.Atoi(rounds)
	if err != nil {
		return err
	}
	for range n {
		pid, begun, err := read(file)
		if err != nil {
			return err
		}
		time.Sleep(time.Until(time.Unix(0, begun).Add(healthy)))
		killed := time.Now()
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			return err
		}
		next, err := awaitNext(file, pid)
		if err != nil {
			return err
		}
		fmt.Println(next - killed.UnixNano())
	}
	return nil
}

func awaitNext(file string, former int) (began int64, err error) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if pid, began, err := read(file); err == nil && pid != former {
			return began, nil
		}
	}
	return 0, fmt.Errorf("%s: nobody has restarted process %d", file, former)
}
