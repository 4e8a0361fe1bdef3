package handoff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/gind/gind/internal/listener"
)

// behaviourVariable says what a successor in a test does.
const behaviourVariable = "GIND_TEST_BEHAVIOUR"

// quickExit keeps a program that was built with -race from lingering.
const quickExit = "GORACE=atexit_sleep_ms=0"

// behaving is a command for a successor, which is the test binary.
func behaving(behaviour string) Command {
	c := Started()
	c.Path, _ = os.Executable()
	c.Args = []string{"gind"}
	c.Env = append(c.Env, quickExit, roleVariable+"=successor", behaviourVariable+"="+behaviour)
	return c
}

// successorRole is a successor process. It serves its process ID.
func successorRole() error {
	behaviour := os.Getenv(behaviourVariable)
	if behaviour == "exit" {
		return errors.New("cannot open libmagic.so.7")
	}
	p, err := FindPredecessor()
	if err != nil || p == nil {
		return fmt.Errorf("predecessor %v: %w", p, err)
	}
	switch behaviour {
	case "fail":
		return p.Fail(errors.New("gind.yaml:3:7: server.read_timeout: \"5\" has no unit"))
	case "panic":
		panic("nil router (a test wants this panic)")
	case "relay":
		return relay(p)
	case "hang":
		select {}
	}
	set, err := listener.Open([]listener.Spec{{Name: "http", Address: "127.0.0.1:0"}}, p.Sockets())
	if err != nil {
		return p.Fail(err)
	}
	return succeed(p, set, behaviour == "crash")
}

func succeed(p *Predecessor, set *listener.Set, crash bool) error {
	server := &http.Server{ConnState: set.ConnState, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bye" {
			os.Exit(0)
		}
		say(strconv.Itoa(os.Getpid())).ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(set.Listeners()[0]) }()
	if err := p.Ready(context.Background(), Answer{Status: 204}); err != nil {
		return err
	}
	if crash {
		os.Exit(3)
	}
	if _, err := p.Adopt(set); err != nil {
		return err
	}
	time.Sleep(patience) // serves until the test ends it
	return nil
}

// relay is a successor that soon has a successor.
func relay(p *Predecessor) error {
	set, err := listener.Open([]listener.Spec{{Name: "http", Address: "127.0.0.1:0"}}, p.Sockets())
	if err != nil {
		return p.Fail(err)
	}
	asked := make(chan struct{}, 1)
	server := &http.Server{ConnState: set.ConnState, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		default: // it has been asked before
		}
		say(strconv.Itoa(os.Getpid())).ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(set.Listeners()[0]) }()
	if err := p.Ready(context.Background(), Answer{Status: 204}); err != nil {
		return err
	}
	adopted := make(chan error, 1)
	go func() {
		_, err := p.Adopt(set)
		adopted <- err
	}()
	<-asked
	next := behaving("serve")
	s, err := Upgrade(context.Background(), next, set)
	if err != nil {
		return err
	}
	if err := s.TakeOver(set); err != nil {
		return err
	}
	parking, err := park(set, s)
	if err != nil {
		return err
	}
	err = errors.Join(<-adopted, parking.Wait(context.Background()))
	_, closeErr := parking.Close()
	return errors.Join(err, closeErr, s.Finish())
}

// pathRole prints the path by which an upgrade would start this program.
func pathRole() error {
	_, err := fmt.Println(Started().Path)
	return err
}

// folderRole prints the working directory in which an upgrade would start this program.
func folderRole() error {
	_, err := fmt.Println(Started().Folder)
	return err
}
