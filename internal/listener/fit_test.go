package listener

import (
	"net"
	"os"
	"testing"
	"time"
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
