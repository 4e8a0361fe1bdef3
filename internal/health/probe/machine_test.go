package probe

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDiskMeasuresARealFileSystem(t *testing.T) {
	dir := t.TempDir()
	u, err := usageOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	if u.bytes == 0 || u.free > u.bytes || u.freeInodes > u.inodes {
		t.Fatalf("%+v", u)
	}
	passes(t, "a byte", ask(t, built(t)(Disk(DiskOptions{Path: dir, MinFree: 1}))))
	fails(t, "more than there is", ask(t, built(t)(Disk(DiskOptions{Path: dir, MinFree: u.bytes + 1}))), "free, fewer than")
	fails(t, "no such path", ask(t, built(t)(Disk(DiskOptions{Path: dir + "/none"}))), dir+"/none: ")
}

func TestDiskJudgesBytesAndInodes(t *testing.T) {
	const gib = 1 << 30
	u := usage{free: 3 * gib / 2, bytes: 100 * gib, freeInodes: 10, inodes: 1000}
	tests := []struct {
		o    DiskOptions
		u    usage
		want string
	}{
		{DiskOptions{MinFree: gib}, u, ""},
		{DiskOptions{MinFree: 2 * gib}, u, "/x: 1.5 GiB free, fewer than 2.0 GiB"},
		{DiskOptions{MinFreePercent: 1}, u, ""},
		{DiskOptions{MinFreePercent: 2}, u, "/x: 1.5 % free (1.5 GiB), less than 2 %"},
		{DiskOptions{MinInodesPercent: 1}, u, ""},
		{DiskOptions{MinInodesPercent: 5}, u, "/x: 1.0 % of the inodes free (10), less than 5 %"},
		{DiskOptions{MinInodesPercent: 5}, usage{free: 1, bytes: 1}, ""}, // btrfs has no number of inodes
	}
	for _, tt := range tests {
		tt.o.Path = "/x"
		err := tt.o.judge(tt.u)
		if got := text(err); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.o, got, tt.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSizesAreReadable(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536 << 20: "1.5 GiB", 1<<64 - 1: "16.0 EiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestUnitIsJudgedByItsState(t *testing.T) {
	tests := []struct{ load, active, sub, want string }{
		{"loaded", "active", "running", ""},
		{"loaded", "reloading", "reload", ""},
		{"loaded", "failed", "failed", "x.service is failed (failed)"},
		{"loaded", "activating", "auto-restart", "x.service is activating (auto-restart)"},
		{"not-found", "inactive", "dead", "there is no such unit"},
		{"masked", "inactive", "dead", "is masked"},
		{"", "", "", "does not say"},
	}
	for _, tt := range tests {
		err := judge("x.service", tt.load, tt.active, tt.sub)
		if got := text(err); (tt.want == "") != (err == nil) || !strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt, got, tt.want)
		}
	}
}

func TestSchedulerPassesOnACalmProcess(t *testing.T) {
	probe := built(t)(Scheduler(SchedulerOptions{MaxWait: 5 * time.Second}))
	for range 100 {
		done := make(chan struct{})
		go close(done)
		<-done
	}
	passes(t, "calm", ask(t, probe))
}

func TestSchedulerLooksOnlyAtWhatHappenedSince(t *testing.T) {
	buckets := []float64{0, 0.001, 0.1, 1, 2}
	before := &histogram{Counts: []uint64{10, 10, 10, 50}, Buckets: buckets}
	tests := []struct {
		now  []uint64
		want time.Duration
	}{
		{[]uint64{10, 10, 10, 50}, 0},                       // nothing ran
		{[]uint64{1010, 10, 10, 50}, 0},                     // everybody at once
		{[]uint64{1010, 10, 10, 51}, 0},                     // one in a thousand
		{[]uint64{60, 10, 10, 51}, time.Second},             // one in fifty
		{[]uint64{110, 10, 11, 50}, 0},                      // one in 101
		{[]uint64{109, 10, 11, 50}, 100 * time.Millisecond}, // one in 100
		{[]uint64{10, 1010, 10, 50}, time.Millisecond},      // all in the second bucket
		{[]uint64{10, 10, 10, 1050}, time.Second},           // all in the last
	}
	for _, tt := range tests {
		if got := (&histogram{Counts: tt.now, Buckets: buckets}).slowest(before); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.now, got, tt.want)
		}
	}
}

func TestSchedulerFailsWhenBusyLoopsHoldEveryProcessor(t *testing.T) {
	probe := built(t)(Scheduler(SchedulerOptions{MaxWait: 15 * time.Millisecond}))
	end := time.Now().Add(400 * time.Millisecond)
	var loops sync.WaitGroup
	for range 20 * runtime.GOMAXPROCS(0) {
		loops.Go(func() {
			for time.Now().Before(end) { // never gives way by itself
			}
		})
	}
	loops.Wait()
	fails(t, "starved", ask(t, probe), "for a processor, longer than 15ms")
}
