//go:build !linux

package notify

// Supported tells whether programs can notify here.
const Supported = false

// Socket is systemd's affair, and so Linux's.
type Socket struct{ Address string }

// Listen has nothing to listen on.
func Listen(int, func(Message)) (*Socket, error) { return &Socket{}, nil }

// Close has nothing to close.
func (s *Socket) Close() {}
