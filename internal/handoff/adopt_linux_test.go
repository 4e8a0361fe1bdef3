package handoff

import (
	"os"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
)

// FuzzAdopt fills a box with anything. Whatever it is, Adopt ends soon.
func FuzzAdopt(f *testing.F) {
	payload, _ := encodeConns([]listener.Parked{{Listener: "http"}}, batchPayload)
	good := frame(kindConns, 1, payload)
	f.Add(good)
	f.Add(append(good[:len(good):len(good)], frame(kindDone, 0, nil)...))
	f.Add(good[:7])
	f.Add(frame(kindReady, 0, []byte("x")))
	f.Add([]byte("gind\x09\x01\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		control, theirs, err := socketPair(BoxName)
		if err != nil {
			t.Fatal(err)
		}
		if len(sent) > batchPayload {
			return
		}
		_ = control.send(sent, nil, time.Second)
		_ = control.close()
		began := time.Now()
		set, err := listener.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := Adopt(set, []*os.File{theirs}); got.Adopted != 0 {
			t.Errorf("%+v without a descriptor", got)
		}
		if took := time.Since(began); took > boxPatience {
			t.Errorf("it took %v", took)
		}
	})
}
