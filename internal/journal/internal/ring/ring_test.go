package ring

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// newRing is the ring of a queue, of at least size bytes.
func newRing(size int) *ring { return &New(size, 0).ring }

func TestRingGivesBackWhatWasPut(t *testing.T) {
	r := newRing(4 << 10)
	var want [][]byte
	for round := range 5000 {
		p := bytes.Repeat([]byte{byte(round)}, round*37%900)
		if _, _, ok := r.put(p, r.Size()); ok {
			want = append(want, p)
			continue
		}
		if len(want) == 0 {
			t.Fatal("full, with nothing in it")
		}
		for _, w := range want {
			got, ok := r.take()
			if !ok || !bytes.Equal(got, w) {
				t.Fatalf("round %d: got %d bytes, want %d", round, len(got), len(w))
			}
		}
		if _, ok := r.take(); ok {
			t.Fatal("more than was put")
		}
		r.Free(r.next)
		want = want[:0]
	}
}

func TestRingIsFullAtItsLimitAndNotBefore(t *testing.T) {
	r := newRing(4 << 10)
	p := make([]byte, 56) // 64 with its header
	n := 0
	for {
		_, used, ok := r.put(p, r.Size()/2)
		if !ok {
			break
		}
		if n++; used != uint64(n)*64 {
			t.Fatalf("%d bytes used by %d entries", used, n)
		}
	}
	if n != 32 {
		t.Errorf("%d entries up to the limit", n)
	}
	for ; ; n++ {
		if _, _, ok := r.put(p, r.Size()); !ok {
			break
		}
	}
	if n != 64 {
		t.Errorf("%d entries in all", n)
	}
	for range n {
		if _, ok := r.take(); !ok {
			t.Fatal("one is missing")
		}
	}
	if _, ok := r.take(); ok { // a full ring ends where it begins
		t.Error("the first one again")
	}
	if _, _, ok := r.put(p, r.Size()); ok {
		t.Error("what was taken is not free yet")
	}
	r.Free(r.next)
	if r.Used() != 0 {
		t.Errorf("%d bytes used by nothing", r.Used())
	}
}

func TestRingKeepsTheOrderOfEachOfMany(t *testing.T) {
	const putters, each = 8, 20000
	r := newRing(16 << 10)
	var wg sync.WaitGroup
	for id := range putters {
		wg.Go(func() {
			p := make([]byte, 16, 16+putters*13)
			for i := range uint64(each) {
				binary.LittleEndian.PutUint64(p, uint64(id))
				binary.LittleEndian.PutUint64(p[8:], i)
				for {
					if _, _, ok := r.put(p[:16+id*13], r.Size()); ok {
						break
					}
					runtime.Gosched()
				}
			}
		})
	}
	var next [putters]uint64
	for got := 0; got < putters*each; {
		entry, ok := r.take()
		if !ok {
			r.Free(r.next)
			runtime.Gosched()
			continue
		}
		id := binary.LittleEndian.Uint64(entry)
		if i := binary.LittleEndian.Uint64(entry[8:]); i != next[id] || len(entry) != 16+int(id)*13 {
			t.Fatalf("from %d: number %d of %d bytes, want number %d", id, i, len(entry), next[id])
		}
		next[id]++
		got++
		if got%7 == 0 {
			r.Free(r.next)
		}
	}
	wg.Wait()
}

func TestRingTakesAnySize(t *testing.T) {
	for _, size := range []int{1, 4096, 4097, 1 << 20} {
		r := newRing(size)
		if n := int(r.Size()); n < size || n&(n-1) != 0 {
			t.Errorf("%d bytes for %d", n, size)
		}
	}
}

func TestLargeRecordsHaveABound(t *testing.T) {
	const most = 8 << 20
	l := large{held: make(map[uint64][]byte), bound: 4 * most}
	r := make([]byte, most)
	var tickets [][]byte
	for {
		ticket, ok := l.hold(r)
		if !ok {
			break
		}
		tickets = append(tickets, ticket)
	}
	if len(tickets) != l.bound/most {
		t.Errorf("it holds %d", len(tickets))
	}
	for _, ticket := range tickets {
		if got := l.redeem(ticket); len(got) != most {
			t.Fatalf("%d bytes", len(got))
		}
	}
	if l.bytes != 0 || len(l.held) != 0 {
		t.Errorf("%d bytes held by nobody", l.bytes)
	}
}

func BenchmarkRing(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("callers=%d", n), func(b *testing.B) {
			r := newRing(1 << 20)
			quit := make(chan struct{})
			go func() {
				for {
					if _, ok := r.take(); !ok {
						r.Free(r.next)
						runtime.Gosched()
					}
					select {
					case <-quit:
						return
					default:
					}
				}
			}()
			p := make([]byte, 300)
			b.SetParallelism(n)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					for {
						if _, _, ok := r.put(p, r.Size()); ok {
							break
						}
						runtime.Gosched()
					}
				}
			})
			close(quit)
		})
	}
}
