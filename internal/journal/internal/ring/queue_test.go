package ring

import (
	"bytes"
	"testing"
)

func TestLargeStringKeepsItsPlaceAmongTheOthers(t *testing.T) {
	q := New(4<<10, 1<<20)
	want := [][]byte{[]byte("the first of them"), bytes.Repeat([]byte("x"), 100<<10), []byte("the last of them")}
	for _, p := range want {
		if _, used, ok := q.Put(p, q.Size()); !ok || used > 100 {
			t.Fatalf("%d bytes: %v, %d used", len(p), ok, used)
		}
	}
	for _, p := range want {
		if got, ok := q.Take(); !ok || !bytes.Equal(got, p) {
			t.Errorf("%d bytes instead of %d, %v", len(got), len(p), ok)
		}
	}
	if _, _, ok := q.Put(make([]byte, 2<<20), q.Size()); ok {
		t.Error("more than may lie aside")
	}
	if q.Read() != q.End() {
		t.Error("something is left")
	}
	if q.Free(q.Read()); q.Used() != 0 {
		t.Errorf("%d bytes used by nothing", q.Used())
	}
}
