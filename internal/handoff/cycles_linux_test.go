package handoff

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/listener"
)

// ledger is the service's record of POSTs: which numbers it was given.
type ledger struct {
	mu     sync.Mutex
	posted map[string]int
}

// ServeHTTP notes the number in the path and answers with it and the body's hash.
func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	l.posted[r.URL.Path]++
	l.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, answerTo(r.URL.Path, body))
}

func answerTo(path string, body []byte) string {
	sum := sha256.Sum256(body)
	return path + " " + hex.EncodeToString(sum[:4])
}

// poster is a client that posts increasing numbers on one connection, without
// ever retrying.
type poster struct {
	id      int
	conn    net.Conn
	answers *bufio.Reader
	random  *rand.Rand
	posted  int
}

// post sends the next request in one of many ways and checks its answer.
func (p *poster) post() error {
	p.posted++
	path := "/" + strconv.Itoa(p.id) + "/" + strconv.Itoa(p.posted)
	body := []byte(strings.Repeat("x", p.size()))
	if err := p.send(path, body); err != nil {
		return fmt.Errorf("%s: send: %w", path, err)
	}
	return p.expect(path, body)
}

func (p *poster) size() int {
	sizes := []int{0, 1, 100, 4096, 5000, 70_000}
	if p.random.IntN(200) == 0 {
		return 1 << 20
	}
	return sizes[p.random.IntN(len(sizes))]
}

func (p *poster) send(path string, body []byte) error {
	switch p.random.IntN(4) {
	case 0:
		return p.sendChunked(path, body)
	case 1:
		return p.sendAfterContinue(path, body)
	default:
		return p.write(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gind\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body))
	}
}

func (p *poster) sendChunked(path string, body []byte) error {
	if err := p.write("POST " + path + " HTTP/1.1\r\nHost: gind\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		return err
	}
	for len(body) > 0 {
		n := min(len(body), 1+p.random.IntN(20_000))
		if err := p.write(fmt.Sprintf("%x\r\n%s\r\n", n, body[:n])); err != nil {
			return err
		}
		body = body[n:]
	}
	return p.write("0\r\n\r\n")
}

func (p *poster) sendAfterContinue(path string, body []byte) error {
	header := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gind\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", path, len(body))
	if err := p.write(header); err != nil {
		return err
	}
	if len(body) == 0 {
		return nil
	}
	line, err := p.answers.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		return fmt.Errorf("%q instead of 100 Continue: %w", line, err)
	}
	if _, err := p.answers.ReadString('\n'); err != nil {
		return err
	}
	return p.write(string(body))
}

// write sends s in one piece, or its beginning in pieces with pauses.
func (p *poster) write(s string) error {
	for p.random.IntN(3) == 0 && len(s) > 1 {
		n := 1 + p.random.IntN(min(len(s)-1, 60))
		if _, err := io.WriteString(p.conn, s[:n]); err != nil {
			return err
		}
		s = s[n:]
		time.Sleep(time.Duration(p.random.IntN(300)) * time.Microsecond)
	}
	_, err := io.WriteString(p.conn, s)
	return err
}

func (p *poster) expect(path string, body []byte) error {
	response, err := http.ReadResponse(p.answers, nil)
	if err != nil {
		return fmt.Errorf("%s: answer: %w", path, err)
	}
	got, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: half an answer: %w", path, err)
	case response.StatusCode != http.StatusOK || string(got) != answerTo(path, body):
		return fmt.Errorf("%s: %s: %q", path, response.Status, got)
	case response.Close:
		return fmt.Errorf("%s: the connection is to be closed", path)
	}
	return nil
}

// pipeline sends several small requests at once, cut anywhere.
func (p *poster) pipeline() error {
	count := 2 + p.random.IntN(5)
	var all strings.Builder
	for i := range count {
		fmt.Fprintf(&all, "POST /%d/%d HTTP/1.1\r\nHost: gind\r\nContent-Length: 3\r\n\r\nabc", p.id, p.posted+1+i)
	}
	sent := make(chan error, 1)
	go func() { sent <- p.write(all.String()) }()
	for range count {
		p.posted++
		if err := p.expect(fmt.Sprintf("/%d/%d", p.id, p.posted), []byte("abc")); err != nil {
			return err
		}
	}
	return <-sent
}

// TestThousandsOfConnectionsChangeTheirServerUnnoticed hands the connections of
// busy clients from server to server, by box and by stream in turn. Each client
// keeps its one connection, and each number that it posts is served exactly once.
func TestThousandsOfConnectionsChangeTheirServerUnnoticed(t *testing.T) {
	const crowd, generations = 24, 100
	record := &ledger{posted: map[string]int{}}
	current := serve(t, open(t, "http"), record)
	done := make(chan struct{})
	failures := make(chan error, crowd)
	posters := make([]*poster, crowd)
	var working sync.WaitGroup
	for id := range crowd {
		conn := dial(t, current.set)
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		posters[id] = &poster{id: id, conn: conn, answers: bufio.NewReader(conn), random: rand.New(rand.NewPCG(uint64(id), 7))}
		working.Go(func() { failures <- posters[id].work(done) })
	}
	before := openFiles(t)
	parked := 0
	for i := range generations {
		next := serve(t, heir(t, current.set), record)
		if i%2 == 0 {
			parked += byBox(t, current, next)
		} else {
			parked += byStream(t, current, next)
		}
		current = next
	}
	if after := openFiles(t); after > before+3*crowd {
		t.Errorf("%d descriptors became %d", before, after)
	}
	close(done)
	working.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(t, record, posters)
	t.Logf("%d requests, %d connections parked", len(record.posted), parked)
	if parked < crowd*generations/2 {
		t.Errorf("only %d connections were parked in %d freezes", parked, generations)
	}
}

func check(t *testing.T, record *ledger, posters []*poster) {
	t.Helper()
	total := 0
	for _, p := range posters {
		total += p.posted
		for n := 1; n <= p.posted; n++ {
			if times := record.posted[fmt.Sprintf("/%d/%d", p.id, n)]; times != 1 {
				t.Errorf("client %d: number %d was served %d times", p.id, n, times)
			}
		}
	}
	if total != len(record.posted) {
		t.Errorf("%d requests were made, %d served", total, len(record.posted))
	}
}

// work posts until done.
func (p *poster) work(done <-chan struct{}) error {
	for {
		select {
		case <-done:
			return nil
		default:
		}
		do := p.post
		if p.id%4 == 3 {
			do = p.pipeline
		}
		if err := do(); err != nil {
			return err
		}
		if p.id%3 == 0 {
			time.Sleep(time.Duration(p.random.IntN(2000)) * time.Microsecond)
		}
	}
}

// heir opens a set with the listening sockets of another.
func heir(t *testing.T, set *listener.Set) *listener.Set {
	t.Helper()
	files, err := set.Files()
	if err != nil {
		t.Fatal(err)
	}
	next := open(t, "http", files...)
	set.HandedOn()
	return next
}

func byBox(t *testing.T, from, to *service) int {
	t.Helper()
	var store fdStore
	outcome := from.restart(t, &store)
	mustAdopt(t, to.set, store.take(BoxName), Adoption{Adopted: outcome.Parked})
	return outcome.Parked
}

func byStream(t *testing.T, from, to *service) int {
	t.Helper()
	control, theirs, err := socketPair("control")
	if err != nil {
		t.Fatal(err)
	}
	end, err := openChannel(theirs)
	if err != nil {
		t.Fatal(err)
	}
	successor, predecessor := &Successor{control: control}, &Predecessor{control: end}
	adopted := make(chan Adoption, 1)
	go func() {
		a, err := predecessor.Adopt(to.set)
		if err != nil {
			t.Error(err)
		}
		adopted <- a
	}()
	outcome := from.park(t, successor)
	if err := successor.Finish(); err != nil {
		t.Error(err)
	}
	if a := <-adopted; a.Adopted != outcome.Parked {
		t.Errorf("%+v of %+v", a, outcome)
	}
	return outcome.Parked
}
