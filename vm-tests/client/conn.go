// Package client is an HTTP/1.1 client that tells everything that becomes of
// its connections. It never asks twice and never opens a connection anew, as
// net/http's client does behind its user's back: what a server loses is lost
// here too, and shows.
package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// Conn is a connection to a server, for one goroutine.
type Conn struct {
	net.Conn
	reader *bufio.Reader
}

// New makes a Conn of a connection on which nothing was read yet.
func New(conn net.Conn) *Conn { return &Conn{Conn: conn, reader: bufio.NewReader(conn)} }

// Answer is a response that was read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Last   bool // nothing follows: "Connection: close", or HTTP/1.0 without keep-alive
}

// Do sends a GET request, to the byte as it is, and reads the answer.
func (c *Conn) Do(request string) (Answer, error) {
	if _, err := io.WriteString(c.Conn, request); err != nil {
		return Answer{}, fmt.Errorf("send: %w", err)
	}
	return c.Receive(http.MethodGet)
}

// Receive reads the answer to a request of that method. What the server says
// before it, such as "100 Continue", is an answer of its own. An answer that is
// cut short is an error.
func (c *Conn) Receive(method string) (Answer, error) {
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		return Answer{}, fmt.Errorf("receive: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("receive the body of a %d: %w", response.StatusCode, err)
	}
	return Answer{response.StatusCode, response.Header, string(body), response.Close}, nil
}

// Ended waits until the server closes the connection. Anything else that it
// sends is an error.
func (c *Conn) Ended() error {
	switch b, err := c.reader.ReadByte(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("more was sent: %q", b)
	}
}
