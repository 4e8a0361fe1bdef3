package port

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gind/gind/internal/socketunit"
)

// change is one from a port to another.
type change struct {
	*Port
	socket   socketunit.Socket
	service  socketunit.Service
	dropIn   *socketunit.DropIn
	now      []socketunit.Listen
	next     []socketunit.Listen
	packaged bool // next is what the unit has without the drop-in
	was, to  int
}

// plan reads what is, and says what is to be.
func (p *Port) plan(ctx context.Context, port int) (*change, error) {
	c := &change{Port: p, to: port}
	var err error
	if c.socket, err = p.choose(ctx); err == nil && c.socket.Stale {
		if err = p.Systemd.Reload(ctx); err == nil {
			c.socket, err = p.choose(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	if c.service, err = p.Systemd.Service(ctx, p.service()); err != nil {
		return nil, err
	}
	if c.dropIn, err = socketunit.OpenDropIn(p.Folder, c.socket.Unit); err != nil {
		return nil, err
	}
	if c.now, err = socketunit.Listens(c.socket.Files); err != nil {
		return nil, err
	}
	if c.was, err = c.onlyPort(); err != nil {
		return nil, err
	}
	for _, l := range c.now {
		c.next = append(c.next, l.At(port))
	}
	others := slices.DeleteFunc(slices.Clone(c.socket.Files), func(path string) bool { return path == c.dropIn.Path })
	without, err := socketunit.Listens(others)
	if err != nil {
		return nil, err
	}
	c.packaged = slices.Equal(without, c.next)
	return c, nil
}

// choose the unit whose port is meant: that of the service's name, else the only one.
func (p *Port) choose(ctx context.Context) (socketunit.Socket, error) {
	sockets, err := p.Sockets(ctx)
	if err != nil {
		return socketunit.Socket{}, err
	}
	var names []string
	for _, s := range sockets {
		if s.Unit == p.Name+".socket" {
			return s, nil
		}
		names = append(names, s.Unit)
	}
	if len(sockets) > 1 {
		return socketunit.Socket{}, fmt.Errorf("%s has several socket units (%s) and none is %s.socket: change ListenStream= of the one that you mean with systemctl edit",
			p.service(), strings.Join(names, ", "), p.Name)
	}
	return sockets[0], nil
}

// onlyPort is the one that all lines with a port have.
func (c *change) onlyPort() (int, error) {
	var ports []int
	for _, l := range c.now {
		if port, ok := l.Port(); ok && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	switch len(ports) {
	case 1:
		return ports[0], nil
	case 0:
		return 0, fmt.Errorf("%s names its port in a way that can't be changed here: systemctl edit %s", strings.Join(c.socket.Files, ", "), c.socket.Unit)
	}
	return 0, fmt.Errorf("%s listens on several ports (%v): change its ListenStream= with systemctl edit %s", c.socket.Unit, ports, c.socket.Unit)
}

// isDone reports whether there is nothing to do: the files say so, and somebody listens
// unless nobody is to.
func (c *change) isDone() bool {
	return c.was == c.to && (!c.socket.Active || len(holders(c.to)) > 0)
}
