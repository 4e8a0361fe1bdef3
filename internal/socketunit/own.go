package socketunit

import (
	"context"
	"time"
)

// askTime is how long systemd may take to answer a service that asks about itself.
const askTime = time.Second

// OfThisProcess are the socket units of the unit that this process belongs to.
func OfThisProcess(ctx context.Context) ([]Socket, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	systemd, err := Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer systemd.Close()
	service, err := systemd.OwnService(ctx)
	if err != nil {
		return nil, err
	}
	return systemd.Sockets(ctx, service)
}
