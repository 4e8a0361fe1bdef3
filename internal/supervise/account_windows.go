package supervise

import (
	"errors"

	"github.com/gind/gind/internal/supervise/process"
)

// account is who a program runs as, which on Windows is who gind runs as.
type account struct {
	credential  *process.Credential
	environment []string
}

func (p *plan) account() (account, error) {
	if p.User != "" || p.Group != "" || p.Umask != "" {
		return account{}, errors.New("user, group, umask: Windows has no such thing")
	}
	if len(p.Sockets) > 0 {
		return account{}, errors.New("sockets: they cannot be handed over on Windows")
	}
	return account{}, nil
}
