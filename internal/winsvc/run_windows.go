package winsvc

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

// Run runs serve and returns its exit status. Where the service manager has started this
// process, serve has a Service, works in the program's folder and not in system32, and
// its exit status is the service-specific exit code.
func Run(ctx context.Context, serve func(context.Context, *Service) int) (status int, err error) {
	if !isOfServiceManager() {
		return serve(ctx, nil), nil
	}
	h := &handler{ctx: ctx, serve: serve}
	err = svc.Run("", h) // the service manager knows the name
	switch {
	case errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT): // another program of that name
		return serve(ctx, nil), nil
	case err != nil:
		return 1, fmt.Errorf("answer the service manager: %w", err)
	}
	return h.status, nil
}

// pass controls on until it is over.
func pass(requests <-chan svc.ChangeRequest, controls chan<- Control, over <-chan struct{}) {
	for {
		select {
		case r := <-requests:
			select {
			case controls <- Control(r.Cmd):
			case <-over:
				return
			}
		case <-over:
			return
		}
	}
}

// handler is the service for package svc.
type handler struct {
	ctx    context.Context
	serve  func(context.Context, *Service) int
	status int
}

// Execute implements svc.Handler.
func (h *handler) Execute(args []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (specific bool, code uint32) {
	s := newService(args[0], eventLog(args[0]))
	outliveLogoff()
	if err := settle(args[0]); err != nil {
		fmt.Fprintln(s.Errors, err)
	}
	controls, over := make(chan Control), make(chan struct{})
	var passing sync.WaitGroup
	passing.Go(func() { pass(requests, controls, over) })
	defer passing.Wait()
	defer close(over)
	h.status = s.converse(h.ctx, controls, func(now Status) { changes <- told(now) },
		func(ctx context.Context) int { return h.serve(ctx, s) })
	return true, uint32(h.status)
}

var acceptBits = map[Control]svc.Accepted{
	Stop: svc.AcceptStop, Shutdown: svc.AcceptShutdown, PreShutdown: svc.AcceptPreShutdown, ParamChange: svc.AcceptParamChange,
}

func told(now Status) svc.Status {
	status := svc.Status{State: svc.State(now.State), CheckPoint: now.CheckPoint, WaitHint: uint32(now.WaitHint.Milliseconds())}
	for _, c := range accepts(now.State) {
		status.Accepts |= acceptBits[c]
	}
	return status
}
