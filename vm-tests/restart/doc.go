// Package restart keeps the promise that a restart or an upgrade loses no request
// and serves none twice: not on kept or awkward connections, not behind a proxy,
// not while the next program is broken or slow. Sockets wait for the service, TLS
// clients come back and resume, and no descriptor is left open.
package restart
