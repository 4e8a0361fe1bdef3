//go:build linux

package restart

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// A POST must not be asked twice, so a client that loses one does not know
// whether it was done. None is lost.
func TestEveryPostIsDoneExactlyOnce(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns, restarts, upgrades = 32, 50, 20
		service.StartForLoad(m)
		var done acknowledged
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 5 * time.Millisecond, Exchange: done.post})
		repeat(m, service.Restart, restarts)
		repeat(m, service.Upgrade, upgrades)
		traffic.Stop(t, load, conns)
		done.wantRecordedOnce(t, m)
	})
}

// acknowledged are the numbers of requests that were answered.
type acknowledged struct {
	mu      sync.Mutex
	numbers []string
}

// wantRecordedOnce compares with what the service has written down. It is for
// when every request has been answered.
func (a *acknowledged) wantRecordedOnce(t *testing.T, m *machine.Machine) {
	t.Helper()
	recorded := map[string]int{}
	for _, number := range strings.Fields(m.Run("cat /var/lib/gind/numbers")) {
		recorded[number]++
	}
	for _, number := range a.numbers {
		if recorded[number] != 1 {
			t.Errorf("request %s was acknowledged, and recorded %d times", number, recorded[number])
		}
		delete(recorded, number)
	}
	for number, times := range recorded {
		t.Errorf("request %s was not acknowledged, and recorded %d times", number, times)
	}
}

// post sends one number, with a body of a random length, framed in a random way.
func (a *acknowledged) post(c *client.Conn) error {
	number := strconv.FormatInt(traffic.NextNumber(), 10)
	body := bytes.Repeat([]byte(number+"\n"), 1<<20/len(number))[:randomLength()]
	chunked, expect := rand.N(3) == 0, rand.N(3) == 0

	head := fmt.Sprintf("POST /record/%s HTTP/1.1\r\nHost: gind\r\nX-Sum: %x\r\n", number, sha256.Sum256(body))
	if chunked {
		head += "Transfer-Encoding: chunked\r\n"
	} else {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	// Without a body there is nothing to ask leave for: RFC 9110, section 10.1.1.
	if expect = expect && len(body) > 0; expect {
		head += "Expect: 100-continue\r\n"
	}
	if err := sendPost(c, head+"\r\n", body, chunked, expect); err != nil {
		return fmt.Errorf("POST of %d bytes, chunked %t, expect %t: %w", len(body), chunked, expect, err)
	}
	answer, err := c.Receive(http.MethodPost)
	switch {
	case err != nil:
		return fmt.Errorf("POST of %d bytes, chunked %t, expect %t: %w", len(body), chunked, expect, err)
	case answer.Status != http.StatusOK || answer.Body != number+"\n" || answer.Last:
		return fmt.Errorf("POST of %s: status %d, %q, the last %t", number, answer.Status, answer.Body, answer.Last)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.numbers = append(a.numbers, number)
	return nil
}

// randomLength is mostly small, now and then 0 or nearly 1 MB.
func randomLength() int { return rand.N(1 << rand.N(21)) }

func sendPost(c *client.Conn, head string, body []byte, chunked, expect bool) error {
	if expect {
		if _, err := io.WriteString(c, head); err != nil {
			return err
		}
		if answer, err := c.Receive(http.MethodPost); err != nil || answer.Status != http.StatusContinue {
			return fmt.Errorf("instead of 100 Continue: status %d, %q, %w", answer.Status, answer.Body, err)
		}
		head = ""
	}
	// In two pieces, for a restart to come in between.
	cut := rand.N(len(body) + 1)
	if err := sendPiece(c, head, body[:cut], chunked); err != nil {
		return err
	}
	if rand.N(4) == 0 {
		time.Sleep(rand.N(20 * time.Millisecond))
	}
	if err := sendPiece(c, "", body[cut:], chunked); err != nil || !chunked {
		return err
	}
	_, err := io.WriteString(c, "0\r\n\r\n")
	return err
}

func sendPiece(c *client.Conn, head string, piece []byte, chunked bool) error {
	var b bytes.Buffer
	b.WriteString(head)
	if chunked && len(piece) > 0 {
		fmt.Fprintf(&b, "%x\r\n", len(piece))
		piece = append(bytes.Clone(piece), "\r\n"...)
	}
	b.Write(piece)
	_, err := c.Write(b.Bytes())
	return err
}
