package supervise

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/supervise"
)

// order is what is asked of some programs; of all where there is no name.
type order struct {
	Names []string `json:"names"`
}

// serveControl answers on the control socket. Without one the programs run all
// the same, and nobody can give orders but by signals.
func (s *service) serveControl(keys *Keys) (stop func(), open bool) {
	l, err := s.listenControl(keys)
	if err != nil {
		s.log.Warn("there is no control socket", "error", err)
		return func() {}, false
	}
	server := control.New(control.Options{Reload: s.orderedReload, Log: s.log})
	server.Handle(http.MethodGet, "/programs", func(context.Context, *control.Request) (any, error) {
		return s.supervisor.Status(), nil
	})
	for name, do := range map[string]func(context.Context, ...string) error{
		"resume":  func(_ context.Context, names ...string) error { return s.supervisor.Resume(names...) },
		"replace": s.supervisor.Replace,
		"stop":    s.stop,
	} {
		server.Handle(http.MethodPost, "/"+name, s.ordered(name, do))
	}
	go func() {
		if err := server.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Error("the control socket failed", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ctx) // the answer to a stop is still on its way
	}, true
}

func (s *service) listenControl(keys *Keys) (net.Listener, error) {
	path := cmp.Or(s.request.control, keys.Control.Socket)
	if path == "" {
		dir, err := controlDirectory(s.instance(keys))
		if err != nil {
			return nil, err
		}
		path = filepath.Join(dir, socketName)
	}
	return listener.ListenUnix(path, control.DefaultMode)
}

// stop stops some programs until they are resumed, or everything.
func (s *service) stop(ctx context.Context, names ...string) error {
	if len(names) > 0 {
		return s.supervisor.Halt(ctx, names...)
	}
	s.supervisor.Stop()
	return nil
}

func (s *service) orderedReload(ctx context.Context, by control.Caller) control.Verdict {
	return s.verdict(s.reload(ctx, by.String()))
}

func (s *service) ordered(what string, do func(context.Context, ...string) error) control.Handler {
	return func(ctx context.Context, r *control.Request) (any, error) {
		var o order
		if err := r.Decode(&o); err != nil {
			return nil, err
		}
		s.log.Info("ordered to "+what, "programs", o.Names, "by", r.Caller.String())
		verdict := s.verdict(do(ctx, o.Names...))
		if what == "replace" && verdict.OK {
			verdict.Text = s.lossy(o.Names) + verdict.Text
		}
		return verdict, nil
	}
}

// lossy warns of replacements that may have lost requests.
func (s *service) lossy(names []string) string {
	without := strings.Join(s.supervisor.WithoutSockets(names...), ", ")
	if without == "" {
		return ""
	}
	const warning = "requests may have been lost: a program without sockets in its file takes its connections with it"
	s.log.Warn(warning, "programs", without)
	return "warning: " + without + ": " + warning + "\n"
}

// verdict on an order: how the programs are now, or what went wrong.
func (s *service) verdict(err error) control.Verdict {
	if err != nil {
		return control.Verdict{Text: err.Error(), Mistakes: config.Mistakes(err)}
	}
	var table bytes.Buffer
	if err := supervise.WriteTable(&table, s.supervisor.Status(), time.Now()); err != nil {
		return control.Verdict{Text: err.Error()}
	}
	return control.Verdict{OK: true, Text: table.String()}
}

const socketName = "control.sock"

// controlDirectory is the folder of the control socket: the one that systemd has
// made (RuntimeDirectory=), or one that is made here.
func controlDirectory(instance string) (string, error) {
	if dir := sdnotify.Directory("RUNTIME_DIRECTORY"); dir != "" {
		return dir, nil
	}
	var failed []error
	for _, root := range controlRoots() {
		dir := filepath.Join(root, instance)
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			return dir, nil
		}
		failed = append(failed, err)
	}
	return "", fmt.Errorf("no folder for it: %w", errors.Join(failed...))
}
