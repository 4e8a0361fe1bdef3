package program

import (
	"context"
	"slices"
	"time"

	"github.com/gind/gind/internal/socketunit"
)

// askTime is how long systemd may take to answer.
const askTime = 2 * time.Second

// passed tells by the names of listeners which ones systemd passes a socket for. Where it
// can't be asked it passes none.
func (p *Program) passed(ctx context.Context) func(name string) bool {
	units, _ := p.socketUnits(ctx)
	return func(name string) bool {
		return slices.ContainsFunc(units, func(u socketunit.Socket) bool { return u.Name == name })
	}
}

func (p *Program) socketUnits(ctx context.Context) ([]socketunit.Socket, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	systemd, err := socketunit.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer systemd.Close()
	return systemd.Sockets(ctx, p.Name+".service")
}
