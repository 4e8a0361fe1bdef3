//go:build !windows

package winsvc

import "context"

// Run runs serve, which has no Service: there is no such service manager.
func Run(ctx context.Context, serve func(context.Context, *Service) int) (status int, err error) {
	return serve(ctx, nil), nil
}
