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
	return r.order(func(c *control.Client) (control.Verdict, error) { return c.Reload(ctx) }, badConfig)
}

// Rollback implements command.Service.
func (r Remote) Rollback(ctx context.Context, version int, release bool) (string, error) {
	return r.order(post(ctx, "/config/rollback", rollbackOrder{Version: version, Release: release}), badConfig)
}

// Upgrade implements command.Service.
func (r Remote) Upgrade(ctx context.Context, o command.Upgrade) (string, error) {
	switch {
	case o.Back || o.To != "":
		return r.order(post(ctx, chosenUpgradePath, o), errors.New)
	case o.Force:
		return r.order(post(ctx, forceUpgradePath, nil), errors.New)
	}
	return r.order(post(ctx, upgradePath, nil), errors.New)
}

// Config implements command.Service.
func (r Remote) Config(ctx context.Context) (entries []config.Entry, err error) {
	err = r.ask(func(c *control.Client) error { return c.Call(ctx, http.MethodGet, "/config", nil, &entries) })
	return entries, err
}

// Status implements command.Service.
func (r Remote) Status(ctx context.Context) (text string, value any, err error) {
	err = r.ask(func(c *control.Client) error {
		now, err := c.Status(ctx)
		if err == nil {
			text, value = Describe(now), now
		}
		return err
	})
	return text, value, err
}

// order has the service do something. refused makes an error of its reason not to.
func (r Remote) order(give order, refused func(reason string) error) (report string, err error) {
	var verdict control.Verdict
	err = r.ask(func(c *control.Client) (err error) {
		verdict, err = give(c)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !verdict.OK:
		return "", refused(verdict.Text)
	}
	return verdict.Text, nil
}

// order is what a service answers with a verdict.
type order func(*control.Client) (control.Verdict, error)

// post is an order with a body of its own.
func post(ctx context.Context, path string, body any) order {
	return func(c *control.Client) (verdict control.Verdict, err error) {
		err = c.Call(ctx, http.MethodPost, path, body, &verdict)
		return verdict, err
	}
}

func badConfig(text string) error { return &command.ConfigError{Err: errors.New(text)} }

// ask over a connection of its own.
func (r Remote) ask(question func(*control.Client) error) error {
	client, err := control.Dial(r.Path)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	return question(client)
}
