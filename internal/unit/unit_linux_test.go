package unit

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// main is the Unit of a main process, to which systemd listens.
func main(t *testing.T, o Options) *Unit {
	t.Helper()
	if o.Failed == nil {
		o.Failed = func(err error) { t.Error(err) }
	}
	u := New(o)
	if err := u.Become(); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestNothingIsToldBeforeAProcessIsTheMainOne(t *testing.T) {
	systemd := newSystemd(t)
	u := New(Options{Failed: func(err error) { t.Error(err) }})
	u.Ready("too early")
	u.Say("too early")
	if err := u.Ping(); err != nil || u.Enabled() {
		t.Errorf("a ping of nobody: %v; enabled: %v", err, u.Enabled())
	}
	if err := u.Become(); err != nil || !u.Enabled() {
		t.Fatalf("become: %v; enabled: %v", err, u.Enabled())
	}
	u.Ready("now")
	systemd.wasTold("READY=1\nSTATUS=now")
}

func TestALineIsSetOnlyWhileTheStateHasNoneOfItsOwn(t *testing.T) {
	systemd := newSystemd(t)
	steady := false
	u := main(t, Options{Steady: func() bool { return steady }})
	u.Line("serving")
	u.Say("upgrading")
	steady = true
	u.Line("serving again")
	systemd.wasTold("STATUS=upgrading", "STATUS=serving again")
}

func TestYieldSilencesThisProcessUntilItIsTakenBack(t *testing.T) {
	systemd := newSystemd(t)
	u := main(t, Options{Steady: func() bool { return true }})
	takeBack, err := u.Yield(4711)
	if err != nil {
		t.Fatal(err)
	}
	systemd.wasTold("WATCHDOG=1", "MAINPID=4711", "BARRIER=1")

	u.Line("unheard")
	u.Stopping()
	u.Trigger()
	if err := u.Ping(); err != nil || u.Enabled() {
		t.Errorf("a ping after the yield: %v; enabled: %v", err, u.Enabled())
	}
	takeBack()
	u.Line("heard")
	systemd.wasTold(fmt.Sprintf("MAINPID=%d", os.Getpid()), "BARRIER=1", "STATUS=heard")
}

func TestAYieldThatFailsChangesNothing(t *testing.T) {
	systemd := newSystemd(t)
	u := main(t, Options{})
	if _, err := u.Yield(0); err == nil {
		t.Error("process 0 is the main process")
	}
	u.Ready("still here")
	systemd.wasTold("WATCHDOG=1", "READY=1\nSTATUS=still here")
}

func TestASuccessorPingsAtOnce(t *testing.T) {
	systemd := newSystemd(t)
	u := New(Options{Failed: func(err error) { t.Error(err) }})
	u.TakeOver()
	systemd.wasTold("WATCHDOG=1")
}

func TestAFileIsInTheStoreWhenStoreFDReturns(t *testing.T) {
	systemd := newSystemd(t)
	u := main(t, Options{})
	if err := u.StoreFD("box", os.Stderr); err != nil {
		t.Fatal(err)
	}
	u.RemoveFD("box")
	systemd.wasTold("FDSTORE=1\nFDPOLL=0\nFDNAME=box", "BARRIER=1", "FDSTOREREMOVE=1\nFDNAME=box")
}

func TestWhatSystemdCouldNotBeToldIsHandedToTheCaller(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	var failed []error
	u := main(t, Options{Failed: func(err error) { failed = append(failed, err) }})
	u.Ready("")
	u.RemoveFD("box")
	if len(failed) != 2 {
		t.Errorf("told of %v", failed)
	}
	if err := u.StoreFD("box", os.Stderr); err == nil {
		t.Error("a file is stored by nobody")
	}
}

func TestAnEnvironmentThatNamesNoUsableSocketIsAnErrorOnce(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "vsock:2:1234")
	u := New(Options{Failed: func(err error) { t.Error(err) }})
	if err := u.Become(); err == nil || u.Enabled() {
		t.Errorf("become: %v; enabled: %v", err, u.Enabled())
	}
	u.Ready("nobody hears it")
}
