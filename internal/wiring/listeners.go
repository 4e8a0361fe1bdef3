package wiring

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/settings"
)

// ControlName is the name of the control socket in gind-control.socket.
const ControlName = "control"

// Listeners of a config, in the order of their names, and the control socket of a
// service, where the config or the machine has a place for it. That is a listener,
// too, so that it is handed on like the others.
func Listeners(service string, keys *settings.Settings) []listener.Spec {
	var list []listener.Spec
	for _, name := range slices.Sorted(maps.Keys(keys.Listeners)) {
		list = append(list, Listener(name, keys.Listeners[name]))
	}
	if path := ControlSocket(service, keys); path != "" {
		list = append(list, listener.Spec{Name: ControlName, Address: "unix:" + path, Unparked: true, Mode: control.DefaultMode})
	}
	return list
}

// Listener of a config.
func Listener(name string, l settings.Listener) listener.Spec {
	return listener.Spec{Name: name, Address: unixAddress(l.Address), TLS: l.Certificate != ""}
}

// ControlSocket is the path of a service's control socket; empty where there is none.
func ControlSocket(service string, keys *settings.Settings) string {
	return cmp.Or(keys.Control.Socket, paths.ControlSocket(service))
}

// unixAddress makes the path of a Unix socket clean.
func unixAddress(address string) string {
	const prefix = "unix:/"
	if len(address) > len(prefix) && address[:len(prefix)] == prefix {
		return prefix + filepath.Clean(address[len(prefix):])
	}
	return address
}
