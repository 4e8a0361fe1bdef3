package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// UnixPeer is the peer of a Unix socket, in the log and in Options.TrustedProxies:
// it has no address.
const UnixPeer = "unix"

// proxies are those whose word on clients is believed.
type proxies struct {
	networks []string // as Gin takes them
	parsed   []netip.Prefix
	unix     bool
}

func newProxies(trusted []string) proxies {
	p := proxies{
		networks: slices.DeleteFunc(slices.Clone(trusted), func(p string) bool { return p == UnixPeer }),
		unix:     slices.Contains(trusted, UnixPeer),
	}
	for _, text := range p.networks { // Gin says what is wrong with one
		if network, err := netip.ParsePrefix(text); err == nil {
			p.parsed = append(p.parsed, unmapped(network))
		} else if address, err := netip.ParseAddr(text); err == nil {
			address = address.Unmap()
			p.parsed = append(p.parsed, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return p
}

// unmapped is a network of IPv4 addresses that are written as IPv6.
func unmapped(n netip.Prefix) netip.Prefix {
	const mapping = 96 // bits of ::ffff:0:0
	if n.Addr().Is4In6() && n.Bits() >= mapping {
		return netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mapping)
	}
	return n
}

// trust tells whether the peer of a request is one of them.
func (p proxies) trust(x *exchange) bool {
	if x.unix {
		return p.unix
	}
	peer, err := netip.ParseAddrPort(x.remote)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.parsed, func(n netip.Prefix) bool { return n.Contains(peer.Addr().Unmap()) })
}

func (p proxies) any() bool { return p.unix || len(p.networks) > 0 }

// peerOf is the address of a request's peer, and whether it is at a Unix socket:
// net has several words for those that have no name.
func peerOf(r *http.Request) (peer string, unix bool) {
	peer = r.RemoteAddr
	if peer != "" && (peer[0] >= '0' && peer[0] <= '9' || peer[0] == '[') {
		return peer, false
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && isUnix(local) {
		return UnixPeer, true
	}
	return peer, false
}

func isUnix(a net.Addr) bool { return strings.HasPrefix(a.Network(), "unix") }

// clientOf is the client that a trusted proxy vouches for, or the peer.
func clientOf(c *gin.Context) string {
	if client := c.ClientIP(); client != net.IP(nil).String() { // Gin, of a Unix socket and a bad header
		return client
	}
	return ""
}

// forwarded tells whether a peer at a Unix socket is trusted and says who the
// client is.
func (x *exchange) forwarded() bool {
	h := x.request.Header
	return x.server.proxies.unix && (len(h["X-Forwarded-For"]) > 0 || len(h["X-Real-Ip"]) > 0)
}

// strangersAddr is the address of a Unix socket whose peer vouches for nobody. Gin
// believes everybody at one that says it is one.
type strangersAddr struct{ net.Addr }

// Network implements net.Addr.
func (strangersAddr) Network() string { return "local" }
