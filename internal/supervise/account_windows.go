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

func (p *plan) account() (account, *Mistake) {
	if p.User != "" {
		return account{}, &Mistake{"user", errors.New("the user of a program cannot be chosen on Windows")}
	}
	return account{}, nil
}

// elsewhere finds the keys that other systems have.
func (r *reading) elsewhere() {
	for key, value := range map[string]string{"group": r.Group, "umask": r.Umask} {
		if value != "" {
			r.mistake(key, "Windows has no such thing")
		}
	}
	if len(r.Sockets) > 0 {
		r.mistake("sockets", "they cannot be handed over on Windows")
	}
}
