package serving

import (
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/settings"
)

// listeners of a config.
type listeners = map[string]settings.Listener

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// isBound reports whether somebody has an address.
func isBound(address string) bool {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// at serves at one address, by the name web.
func at(t *testing.T, address string) *Serving {
	t.Helper()
	s := open(t, Options{Server: answer(http.StatusNoContent, "")}, listener.Spec{Name: "web", Address: address})
	s.Accept()
	return s
}

func TestCommitServesAtTheNewAddressAndLetsGoOfTheOld(t *testing.T) {
	before, after, more := free(t), free(t), free(t)
	s := at(t, before)
	change, err := stage(s, listeners{"web": {Address: before}}, listeners{"web": {Address: after}, "more": {Address: more}})
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Commit(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); isBound(before); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the old address is not let go of")
		}
	}
	if list := s.Requests(); len(list) != 2 {
		t.Errorf("%d listeners, want those at the new addresses", len(list))
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("at the new addresses: %v", err)
	}
}

func TestRollbackClosesWhatWasBoundAndTheOldStays(t *testing.T) {
	before, after := free(t), free(t)
	s := at(t, before)
	change, err := stage(s, listeners{"web": {Address: before}}, listeners{"web": {Address: after}})
	if err != nil {
		t.Fatal(err)
	}
	if !isBound(after) {
		t.Error("the new address is not bound by the one who may refuse it")
	}
	change.Rollback()
	if isBound(after) {
		t.Error("the new address is not let go of")
	}
	if err := s.Probe(t.Context()); err != nil || len(s.Requests()) != 1 {
		t.Errorf("the old one: %v, %d listeners", err, len(s.Requests()))
	}
}

func TestAnAddressThatIsTakenRefusesAllAndNoneStaysBound(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	web, a := free(t), free(t)
	s := at(t, web)
	_, err = stage(s, listeners{"web": {Address: web}}, listeners{"web": {Address: web}, "a": {Address: a}, "b": {Address: taken.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("refused with %v", err)
	}
	if isBound(a) || len(s.Requests()) != 1 {
		t.Errorf("%s is bound: %v; %d listeners", a, isBound(a), len(s.Requests()))
	}
}

func TestTLSIsTurnedOnByARestartUnlessTheAddressIsAnotherToo(t *testing.T) {
	web := free(t)
	s := at(t, web)
	plain, secure := settings.Listener{Address: web}, settings.Listener{Address: web, Certificate: "c", Key: "k"}
	for _, way := range [][2]settings.Listener{{plain, secure}, {secure, plain}} {
		s.Begin(listeners{"web": way[0]})
		if coming := s.UntilRestart(listeners{"web": way[1]}); coming["web"] != way[0] {
			t.Errorf("%+v becomes %+v before a restart", way[0], coming["web"])
		}
		change := config.Change{Key: "listeners.web.certificate", Live: true}
		if s.Remark(listeners{"web": way[1]}, &change); change.Live {
			t.Error("the change is said to need no restart")
		}
	}
	secure.Address = free(t)
	change, err := stage(s, listeners{"web": plain}, listeners{"web": secure})
	if err != nil {
		t.Fatal(err)
	}
	change.Rollback()
	if s.configured["web"] != plain {
		t.Errorf("%+v is configured after the rollback", s.configured["web"])
	}
}

// stage a change from one config to another.
func stage(s *Serving, before, after listeners) (config.Prepared, error) {
	s.Begin(before)
	return s.Stage(after)
}

// TestAnAddressThatHasToMakeRoomStaysUntilARestart: its socket is open until the new one
// accepts.
func TestAnAddressThatHasToMakeRoomStaysUntilARestart(t *testing.T) {
	web, other := free(t), free(t)
	_, port, _ := net.SplitHostPort(web)
	for name, c := range map[string]struct {
		wanted listeners
		stays  []string
	}{
		"wider":                   {listeners{"web": {Address: ":" + port}}, []string{"web"}},
		"another listener's":      {listeners{"web": {Address: other}, "more": {Address: web}}, []string{"web", "more"}},
		"another's, and web ends": {listeners{"more": {Address: web}}, []string{"web", "more"}},
	} {
		s := at(t, web)
		s.Begin(listeners{"web": {Address: web}})
		change, err := s.Stage(c.wanted)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, stays := range c.stays {
			remark := config.Change{Key: "listeners." + stays + ".address", Live: true}
			if s.Remark(c.wanted, &remark); remark.Live {
				t.Errorf("%s: the change of %s is said to need no restart", name, stays)
			}
		}
		if err := change.Commit(); err != nil || len(s.Requests()) != 1 || s.Requests()[0].Addr().String() != web {
			t.Errorf("%s: %v, %d listeners", name, err, len(s.Requests()))
		}
		_ = s.Listeners.Close()
	}
}

// TestAReloadTakesWhatAStartTakes, and what then listens is what it said that it changes
// without a restart.
func TestAReloadTakesWhatAStartTakes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var ports []string
	for range 4 {
		_, port, _ := net.SplitHostPort(free(t))
		ports = append(ports, port)
	}
	s := open(t, Options{Server: answer(http.StatusNoContent, "")})
	s.Begin(listeners{})
	expected := listeners{}
	for step := range 100 {
		wanted := randomListeners(random, ports)
		change, err := s.Stage(wanted)
		if err != nil {
			t.Fatalf("step %d: from %v to %v: %v", step, expected, wanted, err)
		}
		for _, name := range []string{"a", "b", "c"} {
			remark := config.Change{Key: "listeners." + name + ".address", Live: true}
			if s.Remark(wanted, &remark); !remark.Live {
				continue
			}
			if delete(expected, name); wanted[name].Address != "" {
				expected[name] = wanted[name]
			}
		}
		if random.IntN(4) == 0 { // somebody else refuses it
			change.Rollback()
			expected = maps.Clone(s.configured)
		} else if err := change.Commit(); err != nil {
			t.Fatal(err)
		}
		awaitListening(t, s, expected)
		if err := s.Probe(t.Context()); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
}

// randomListeners that can all be bound.
func randomListeners(random *rand.Rand, ports []string) listeners {
	wanted := listeners{}
	random.Shuffle(len(ports), func(i, j int) { ports[i], ports[j] = ports[j], ports[i] })
	for i, name := range []string{"a", "b", "c"} {
		if random.IntN(4) > 0 {
			wanted[name] = settings.Listener{Address: []string{"127.0.0.1", "", "[::1]"}[random.IntN(3)] + ":" + ports[i]}
		}
	}
	return wanted
}

// awaitListening waits until those listeners are open and no others.
func awaitListening(t *testing.T, s *Serving, want listeners) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got := listeners{}
		for _, l := range s.Requests() {
			got[l.Name()] = settings.Listener{Address: strings.TrimPrefix(l.Addr().String(), "[::]")}
		}
		if maps.Equal(got, want) && len(s.Requests()) == len(want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v listen, want %v", got, want)
		}
	}
}
