package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gind/gind/status"
)

// maxAnswer is the most bytes of an answer that a client reads.
const maxAnswer = 4 << 20

// ErrNotRunning is in the error of [Dial] when there is no socket, or nobody
// listens on it.
var ErrNotRunning = errors.New("is the service running?")

// Client gives orders to a running service. Its methods may be called
// concurrently.
type Client struct {
	path  string
	http  *http.Client
	first atomic.Pointer[net.Conn] // the connection that Dial made, until it is used
}

// Dial connects to the control socket at path. Its error says in words for
// operators why not.
func Dial(path string) (*Client, error) {
	c := &Client{path: path}
	conn, err := c.connect(context.Background())
	if err != nil {
		return nil, c.explain(err)
	}
	c.first.Store(&conn)
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if first := c.first.Swap(nil); first != nil {
				return *first, nil
			}
			return c.connect(ctx)
		},
		MaxResponseHeaderBytes: maxHeader,
	}}
	return c, nil
}

// Close gives the connections up.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	if first := c.first.Swap(nil); first != nil {
		return (*first).Close()
	}
	return nil
}

// Reload tells the service to read its configuration again, and waits for the
// verdict. The error is about the asking; whether the new configuration is in
// force is in the verdict.
func (c *Client) Reload(ctx context.Context) (Verdict, error) {
	var v Verdict
	err := c.Call(ctx, http.MethodPost, "/reload", nil, &v)
	return v, err
}

// Status asks the service for its state.
func (c *Client) Status(ctx context.Context) (status.Status, error) {
	var s status.Status
	err := c.Call(ctx, http.MethodGet, "/status", nil, &s)
	return s, err
}

// Call sends one request, in as its JSON body unless nil, and decodes the
// answer into out unless nil. path may end in a query. An answer that is not 200, or 422
// with a [Verdict], is an [*Error].
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return c.explain(err)
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("control: %s: %s %s: the answer has more than %d MiB", c.path, method, path, maxAnswer>>20)
	}
	if !answers(resp.StatusCode, out) {
		return c.refusal(method+" "+path, resp.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("control: %s: %s %s: the answer: %w", c.path, method, path, err)
	}
	return nil
}

// answers tells whether a response of that status holds what out is for.
func answers(status int, out any) bool {
	_, verdict := out.(*Verdict)
	return status == http.StatusOK || verdict && status == http.StatusUnprocessableEntity
}

// Stream opens a stream. The caller reads it to its end, and closes it.
func (c *Client) Stream(ctx context.Context, path string) (io.ReadCloser, error) {
	resp, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, c.explain(err)
	}
	return nil, c.refusal("GET "+path, resp.StatusCode, body)
}

func (c *Client) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("control: %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://gind"+path, body)
	if err != nil {
		return nil, fmt.Errorf("control: %s %s: %w", method, path, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(err)
	}
	return resp, nil
}

func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	return d.DialContext(ctx, "unix", c.path)
}

// explain says in an operator's words why there is no connection or no answer.
func (c *Client) explain(err error) error {
	var inRequest *url.Error
	if errors.As(err, &inRequest) {
		err = inRequest.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("control: %s: no such socket: %w", c.path, ErrNotRunning)
	case refused(err):
		return fmt.Errorf("control: %s: nobody listens: %w", c.path, ErrNotRunning)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("control: %s: %w (are you root%s?)", c.path, fs.ErrPermission, orGroup(groupOf(c.path)))
	case len(c.path) > maxPath:
		return fmt.Errorf("control: %s: the path has %d bytes, a socket's may have %d", c.path, len(c.path), maxPath)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("control: %s: the service went away before it answered", c.path)
	}
	return fmt.Errorf("control: %s: %w", c.path, err)
}

func orGroup(name string) string {
	if name == "" || name == "root" {
		return ""
	}
	return " or in group " + name
}

// refusal is the error of an answer that is none.
func (c *Client) refusal(what string, status int, body []byte) error {
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		return &Error{status, fmt.Sprintf("control: %s: the running service does not know %s; is it an older release?", c.path, what)}
	}
	answer := Error{Status: status}
	if json.Unmarshal(body, &answer) != nil || answer.Text == "" {
		answer.Text = strings.TrimSpace(http.StatusText(status) + " " + string(body[:min(len(body), 200)]))
	}
	return &Error{status, fmt.Sprintf("control: %s: %s: %s", c.path, what, answer.Text)}
}
