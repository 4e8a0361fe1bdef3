// Package service is gind.service in a machine, as those meet it who did not
// write it: its config, its units and what systemd says of it, a request and the
// record of that request. Whether gind or testapp serves, it does not know.
package service
