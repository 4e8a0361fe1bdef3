package supervise

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func init() {
	roles["family"] = family
	roles["descendant"] = descendant
	roles["web"] = web
	roles["look"] = look
}

// family is deaf, and so are its child and grandchild.
func family() int {
	signal.Ignore(os.Interrupt)
	if err := beget("2"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	time.Sleep(time.Minute)
	return 0
}

func descendant() int {
	signal.Ignore(os.Interrupt)
	if os.Getenv("GENERATIONS") == "2" {
		if err := beget("1"); err != nil {
			return 1
		}
	}
	fmt.Println("descendant")
	time.Sleep(time.Minute)
	return 0
}

func beget(generations string) error {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "TEST_ROLE=descendant", "GENERATIONS="+generations)
	child.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	return child.Start()
}

// web is a server whose health can be made to hang.
func web() int {
	hang := make(chan struct{})
	http.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { close(hang) })
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {
		select {
		case <-hang:
			select {}
		default:
		}
	})
	l, err := net.Listen("tcp", os.Getenv("TEST_ADDRESS"))
	if err == nil {
		err = http.Serve(l, nil) //nolint:gosec // in a test
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// look probes: the program runs, and a file is there.
func look() int {
	pid, err := strconv.Atoi(os.Getenv("MAINPID"))
	if err == nil {
		_, err = os.FindProcess(pid)
	}
	if err == nil {
		_, err = os.Stat(os.Getenv("TEST_FILE"))
	}
	if err != nil {
		fmt.Println(err)
		return 2
	}
	return 0
}

// marked are the processes that run this program, but for the test itself: what
// another has in its environment is not told on Windows. Tests of this package
// do not run beside each other.
func marked(string) (pids []string) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return []string{err.Error()}
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // nothing was written
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		name := windows.UTF16ToString(entry.ExeFile[:])
		if strings.EqualFold(name, filepath.Base(os.Args[0])) && entry.ProcessID != uint32(os.Getpid()) {
			pids = append(pids, strconv.Itoa(int(entry.ProcessID)))
		}
	}
	return pids
}

func runTests(m *testing.M) { os.Exit(m.Run()) }
