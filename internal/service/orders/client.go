package orders

import (
	"context"
	"errors"
	"net/http"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
)

var _ command.Service = Remote{}

// Remote is a running service, seen through its control socket.
type Remote struct{ Path string }

// Reload implements command.Service.
func (r Remote) Reload(ctx context.Context) (string, error) {
	client, err := control.Dial(r.Path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	verdict, err := client.Reload(ctx)
	if err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", &command.ConfigError{Err: errors.New(verdict.Text)}
	}
	return verdict.Text, nil
}

// Rollback implements command.Service.
func (r Remote) Rollback(ctx context.Context, version int, release bool) (string, error) {
	client, err := control.Dial(r.Path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	var verdict control.Verdict
	order := rollbackOrder{Version: version, Release: release}
	if err := client.Call(ctx, http.MethodPost, "/config/rollback", order, &verdict); err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", &command.ConfigError{Err: errors.New(verdict.Text)}
	}
	return verdict.Text, nil
}

// Config implements command.Service.
func (r Remote) Config(ctx context.Context) (entries []config.Entry, err error) {
	client, err := control.Dial(r.Path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	return entries, client.Call(ctx, http.MethodGet, "/config", nil, &entries)
}

// Upgrade implements command.Service.
func (r Remote) Upgrade(ctx context.Context) (string, error) {
	client, err := control.Dial(r.Path)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	var verdict control.Verdict
	if err := client.Call(ctx, http.MethodPost, "/upgrade", nil, &verdict); err != nil {
		return "", err
	}
	if !verdict.OK {
		return "", errors.New(verdict.Text)
	}
	return verdict.Text, nil
}

// Status implements command.Service.
func (r Remote) Status(ctx context.Context) (string, any, error) {
	client, err := control.Dial(r.Path)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = client.Close() }()
	status, err := client.Status(ctx)
	if err != nil {
		return "", nil, err
	}
	return Describe(status), status, nil
}
