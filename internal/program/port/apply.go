package port

import (
	"context"
	"fmt"
	"slices"
)

const comment = `# Written by "%s port %d", which also changes it. "%s port" shows what counts.`

// apply the change, and prove it.
func (c *change) apply(ctx context.Context) (report string, err error) {
	lines := c.next
	if c.packaged {
		lines = nil
	}
	if err := c.dropIn.Write(fmt.Sprintf(comment, c.Name, c.to, c.Name), lines); err != nil {
		return "", err
	}
	if err := c.Systemd.Reload(ctx); err != nil {
		return "", err
	}
	if err := c.counts(ctx); err != nil {
		return "", err
	}
	if !c.socket.Active && !c.isUp() {
		return fmt.Sprintf("%s will listen on port %d instead of %d once it is started", c.socket.Unit, c.to, c.was), nil
	}
	if err := c.restart(ctx); err != nil {
		return "", err
	}
	if err := c.prove(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s listens on port %d instead of %d, and %s answers there", c.socket.Unit, c.to, c.was, c.Port.service()), nil
}

// counts looks whether systemd reads the units as they are meant: another drop-in may
// overrule this one.
func (c *change) counts(ctx context.Context) error {
	now, err := c.Systemd.Socket(ctx, c.socket.Unit)
	if err != nil {
		return err
	}
	for _, stream := range now.Streams {
		if port, isTCP := portOf(stream); isTCP && port != c.to {
			return fmt.Errorf("systemd reads %s, with %s; does a drop-in after %s say so? systemctl cat %s", now.Unit, stream, c.dropIn.Path, now.Unit)
		}
	}
	return nil
}

// isUp reports whether the service runs, or is about to.
func (c *change) isUp() bool {
	return slices.Contains([]string{"active", "activating", "reloading", "refreshing"}, c.service.State)
}

// restart the units. A socket can't be opened while its service runs: it closes first,
// and opens between the service's end and its start, which keeps what systemd has in its
// store. The service is still served from until then.
func (c *change) restart(ctx context.Context) error {
	if !c.isUp() {
		return c.Systemd.Restart(ctx, c.socket.Unit)
	}
	if err := c.Systemd.Stop(ctx, c.socket.Unit); err != nil {
		return err
	}
	if err := c.Systemd.Restart(ctx, c.Port.service()); err != nil {
		return err
	}
	now, err := c.Systemd.Socket(ctx, c.socket.Unit)
	if err != nil || now.Active {
		return err
	}
	return c.oneAfterTheOther(ctx)
}

// oneAfterTheOther is for a service that does not start its socket (Sockets=).
func (c *change) oneAfterTheOther(ctx context.Context) error {
	if err := c.Systemd.Stop(ctx, c.Port.service()); err != nil {
		return err
	}
	if err := c.Systemd.Restart(ctx, c.socket.Unit); err != nil {
		return fmt.Errorf("%w: journalctl -u %s", err, c.socket.Unit)
	}
	return c.Systemd.Start(ctx, c.Port.service())
}

// undo the change, whatever has come of it.
func (c *change) undo(ctx context.Context) error {
	if err := c.dropIn.Restore(); err != nil {
		return err
	}
	if err := c.Systemd.Reload(ctx); err != nil {
		return err
	}
	if !c.socket.Active && !c.isUp() {
		return nil
	}
	return c.restart(ctx)
}
