// Command logger logs records of requests with one library, and prints as JSON
// what that cost and how long it took; see package log/result.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gind/gind/bench/log/result"
)

func main() {
	name := flag.String("library", "", "`name` of the library")
	to := flag.String("to", "journal", "where records go: journal, written (a file, at once) or buffered (a file, soon)")
	run := flag.String("run", "", "`text` that records of the flood have as BENCH_RUN")
	dir := flag.String("dir", "", "`folder` with the folders burst and flood, for log files")
	flag.Parse()

	for _, l := range libraries[*to] {
		if l.name != *name {
			continue
		}
		measured, err := measure(l, *run, *dir, *to == "journal")
		if err != nil {
			log.Fatalf("%s: %v", *name, err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
			log.Fatal(err)
		}
		return
	}
	log.Fatalf("there is no library %q that logs to %s", *name, *to)
}

// library is one that logs.
type library struct {
	name string
	open func(run, dir string) (*logger, error)
}

// logger is a library at work. Close returns when all records have left the process.
type logger struct {
	log   func(i int)
	close func() error
}

// libraries by what they log to.
var libraries = map[string][]library{
	"journal":  journals,
	"written":  written,
	"buffered": buffered,
}

// measure takes the caller's cost in bursts, then the time that a flood takes
// until its last record can be read.
func measure(l library, run, dir string, journal bool) (result.Measured, error) {
	measured, err := bursts(l, dir, journal)
	if err != nil {
		return measured, err
	}
	flood, err := l.open(run, filepath.Join(dir, "flood"))
	if err != nil {
		return measured, err
	}
	records := result.FileFlood
	if journal {
		records = result.Flood
	}
	begun := time.Now()
	for i := range records {
		flood.log(i)
	}
	if err := flood.close(); err != nil {
		return measured, err
	}
	if journal {
		if err := sync(); err != nil {
			return measured, err
		}
	}
	measured.Flood = time.Since(begun)
	return measured, nil
}

// bursts logs as fast as the caller can, with pauses in which the rest can catch up.
func bursts(l library, dir string, journal bool) (measured result.Measured, err error) {
	burst, err := l.open("burst", filepath.Join(dir, "burst"))
	if err != nil {
		return measured, err
	}
	burst.log(0) // opens files and connections
	var before, after runtime.MemStats
	for range result.Bursts {
		runtime.ReadMemStats(&before)
		begun := time.Now()
		for i := range result.Burst {
			burst.log(i)
		}
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		measured.Calls = append(measured.Calls, took/result.Burst)
		measured.Bytes = append(measured.Bytes, float64(after.TotalAlloc-before.TotalAlloc)/result.Burst)
		measured.Allocs = append(measured.Allocs, float64(after.Mallocs-before.Mallocs)/result.Burst)
		time.Sleep(result.Pause)
		if journal {
			if err := sync(); err != nil {
				return measured, err
			}
		}
	}
	return measured, burst.close()
}

// sync waits until journald has written everything it was sent, see journalctl(1).
func sync() error {
	if out, err := exec.Command("journalctl", "--sync").CombinedOutput(); err != nil {
		return fmt.Errorf("journalctl --sync: %w: %s", err, out)
	}
	return nil
}
