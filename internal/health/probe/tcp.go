package probe

import (
	"context"
	"fmt"
)

// TCPOptions of [TCP].
type TCPOptions struct {
	// Address is host:port, or "unix:" and a path.
	Address string
}

// TCP passes when the address accepts a connection. Nothing is sent.
func TCP(o TCPOptions) (Func, error) {
	at, err := parseAddress(o.Address)
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	return func(ctx context.Context) error {
		_, hangUp, err := at.dial(ctx)
		if err != nil {
			return err
		}
		hangUp()
		return nil
	}, nil
}
