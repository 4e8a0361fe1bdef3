package listener

import (
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// bound is a socket of the service's own, as it comes from a process before.
func bound(t *testing.T, name, address string) Inherited {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return Inherited{Name: name, File: file}
}

// TestASocketThatDoesNotFitMakesRoomForANarrowerAddress, which could not be bound beside it.
func TestASocketThatDoesNotFitMakesRoomForANarrowerAddress(t *testing.T) {
	wide := bound(t, StoredPrefix+"web", "0.0.0.0:0")
	_, port, _ := net.SplitHostPort(addressOf(t, wide.File))
	activated := bound(t, "api", "127.0.0.1:0")
	specs := []Spec{{Name: "web", Address: "127.0.0.1:" + port}, {Name: "api", Address: ":1"}}
	fitting, unfit := Fit(specs, []Inherited{wide, activated})
	if len(fitting) != 1 || fitting[0].Name != "api" || len(unfit) != 1 || unfit[0].Name != StoredPrefix+"web" {
		t.Fatalf("%+v fit, %+v do not", fitting, unfit)
	}
	unfit[0].End()
	unfit[0].Await(time.Second)
	set, err := Open(specs, fitting)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	if got := set.Named("web")[0].Addr().String(); got != "127.0.0.1:"+port {
		t.Errorf("it listens on %s", got)
	}
}

func TestASocketThatFitsIsKept(t *testing.T) {
	socket := bound(t, StoredPrefix+"web", "127.0.0.1:0")
	address := addressOf(t, socket.File)
	fitting, unfit := Fit([]Spec{{Name: "web", Address: address}}, []Inherited{socket})
	if len(fitting) != 1 || len(unfit) != 0 {
		t.Errorf("%+v fit, %+v do not", fitting, unfit)
	}
	_ = socket.File.Close()
}

func addressOf(t *testing.T, file *os.File) string {
	t.Helper()
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestASocketThatSystemdPassesTakesThePlaceOfTheServicesOwn: the port before does not stay
// open beside the new one.
func TestASocketThatSystemdPassesTakesThePlaceOfTheServicesOwn(t *testing.T) {
	own, activated := bound(t, StoredPrefix+"web", "127.0.0.1:0"), bound(t, "web", "127.0.0.1:0")
	address := addressOf(t, own.File)
	kept, err := unixDup(own.File) // as systemd has it in its store
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	fitting, unfit := Fit([]Spec{{Name: "web", Address: address}}, []Inherited{own, activated})
	if len(fitting) != 1 || fitting[0].File != activated.File || len(unfit) != 1 {
		t.Fatalf("%+v fit, %+v do not", fitting, unfit)
	}
	if unfit[0].End(); isAnswered(address) {
		t.Error("the former socket still listens")
	}
	_ = activated.File.Close()
}

// TestAUnixSocketThatNobodyWantsLeavesNoFile for clients to find.
func TestAUnixSocketThatNobodyWantsLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	file, err := l.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, unfit := Fit(nil, []Inherited{{Name: StoredPrefix + "web", File: file}})
	for _, u := range unfit {
		u.End()
	}
	if _, err := os.Stat(path); len(unfit) != 1 || !os.IsNotExist(err) {
		t.Errorf("%d do not fit; %s: %v", len(unfit), path, err)
	}
}

// TestWhatListensIsWhatIsWanted after any sequence of configs and of sockets that systemd
// passes: one process inherits what the one before has stored.
func TestWhatListensIsWhatIsWanted(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ports := []string{freePort(t), freePort(t), freePort(t)}
	var stored []Inherited
	for step := range 200 {
		specs, passed := randomSpecs(random, ports), []Inherited(nil)
		want := map[string]string{}
		for _, spec := range specs {
			want[spec.Name] = spec.Address
		}
		if len(specs) > 0 && random.IntN(3) == 0 {
			socket := bound(t, specs[0].Name, "127.0.0.1:0")
			passed, want[socket.Name] = []Inherited{socket}, addressOf(t, socket.File)
		}
		fitting, unfit := Fit(specs, slices.Concat(stored, passed))
		for _, u := range unfit {
			u.End()
		}
		set, err := Open(specs, fitting)
		if err != nil {
			t.Fatalf("step %d, %v: %v", step, specs, err)
		}
		if got := listening(set); !maps.Equal(got, want) {
			t.Fatalf("step %d: %v listen, want %v", step, got, want)
		}
		for _, port := range ports {
			address := "127.0.0.1:" + port
			wanted := slices.ContainsFunc(slices.Collect(maps.Values(want)), func(a string) bool { return Overlap(a, address) })
			if isAnswered(address) != wanted {
				t.Fatalf("step %d: %s listens: %v; wanted are %v", step, address, !wanted, want)
			}
		}
		stored = keep(t, set)
	}
	for _, socket := range stored {
		_ = socket.File.Close()
	}
}

// randomSpecs of listeners that can be bound at the same time.
func randomSpecs(random *rand.Rand, ports []string) []Spec {
	var specs []Spec
	names := []string{"a", "b", "c"}
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, name := range names[:random.IntN(len(names)+1)] {
		host := []string{"127.0.0.1", "", "[::1]"}[random.IntN(3)]
		specs = append(specs, Spec{Name: name, Address: host + ":" + ports[i]})
	}
	return specs
}

// listening are the addresses of a set as they are wanted.
func listening(set *Set) map[string]string {
	all := map[string]string{}
	for _, l := range set.Listeners() {
		all[l.Name()] = strings.TrimPrefix(l.Addr().String(), "[::]")
	}
	return all
}

// keep what a service has bound, as a drain does, and end its process.
func keep(t *testing.T, set *Set) (kept []Inherited) {
	t.Helper()
	stored, err := set.Store(func(name string, f *os.File) error {
		file, err := unixDup(f)
		kept = append(kept, Inherited{Name: name, File: file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stored.Kept()
	_ = set.Close()
	return kept
}

func unixDup(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	return os.NewFile(uintptr(fd), f.Name()), err
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// isAnswered reports whether connections to an address are let in.
func isAnswered(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
