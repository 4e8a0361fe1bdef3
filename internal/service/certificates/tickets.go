package certificates

import (
	"context"
	"path/filepath"

	"github.com/gind/gind/internal/tickets"
)

// keepTickets lets clients resume their TLS sessions with the next process. It is
// called when the first listener speaks TLS: a service without has no keys to keep.
func (c *Certificates) keepTickets() {
	if c.folder == "" {
		return
	}
	ring, err := tickets.Open(filepath.Join(c.folder, "session-tickets"))
	if err != nil {
		c.log.Warn("TLS sessions will not be resumed by the next process", "error", err)
		return
	}
	c.useTicketKeys(ring.Keys())
	c.ring <- ring
}

// Run has the keys of session tickets rotate until ctx ends.
func (c *Certificates) Run(ctx context.Context) {
	select {
	case ring := <-c.ring:
		ring.Run(ctx, c.useTicketKeys)
	case <-ctx.Done():
	}
}

// useTicketKeys for all listeners, those of later reloads included.
func (c *Certificates) useTicketKeys(keys [][32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticketKeys = keys
	for _, config := range c.configs {
		config.SetSessionTicketKeys(keys)
	}
}
