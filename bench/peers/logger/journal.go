package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"

	"github.com/coreos/go-systemd/v22/journal"
	phuslu "github.com/phuslu/log"
	"github.com/rs/zerolog"
	zerologjournald "github.com/rs/zerolog/journald"
	ssgreg "github.com/ssgreg/journald"
	slogjournal "github.com/systemd/slog-journal"

	"github.com/gind/gind/bench/log/result"
	gind "github.com/gind/gind/internal/journal"
)

// journals log to journald, as their documentation says.
var journals = []library{
	{"floor", openFloor},
	{"discard", openDiscard},
	{"gind", openGind(gind.Options{})},
	{"gind-ungoverned", openGind(gind.Options{Rate: gind.Unlimited})},
	{"gind-all", openGind(gind.Options{Rate: gind.Unlimited, RingSize: 64 << 20})},
	{"slog-journal", openSlogJournal},
	{"go-systemd", openGoSystemd},
	{"zerolog", openZerolog},
	{"phuslu", openPhuslu},
	{"phuslu-async", openPhusluAsync},
	{"ssgreg", openSsgreg},
}

func nothing() error { return nil }

// openFloor writes prepared bytes with one system call a record: nothing that
// sends each record by itself can be faster. The bytes are those that gind sends,
// so that journald has the same work with them.
func openFloor(run, dir string) (*logger, error) {
	prepared, err := prepare(run, filepath.Join(dir, "prepared"))
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("unixgram", gind.DefaultSocket)
	if err != nil {
		return nil, err
	}
	send := func(i int) { must(conn.Write(prepared[i%len(prepared)])) }
	return &logger{send, conn.Close}, nil
}

// prepare is what gind sends for each record of a flood.
func prepare(run, socket string) (prepared [][]byte, err error) {
	journald, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = journald.Close() }()
	sender, err := openGind(gind.Options{Rate: gind.Unlimited, Socket: socket})(run, "")
	if err != nil {
		return nil, err
	}
	const atOnce = 100 // gind lets them collect
	datagram := make([]byte, 64<<10)
	for i := range result.Flood {
		if i%atOnce == 0 {
			for next := range atOnce {
				sender.log(i + next)
			}
		}
		n, err := journald.Read(datagram)
		if err != nil {
			return nil, err
		}
		prepared = append(prepared, bytes.Clone(datagram[:n]))
	}
	return prepared, sender.close()
}

// must ends the program: a record that is refused would be the cheapest of all.
func must[T any](_ T, err error) {
	if err != nil {
		panic(err)
	}
}

func openDiscard(run, _ string) (*logger, error) {
	handler := slog.NewJSONHandler(io.Discard, nil) //nolint:sloglint // its encoding is what is measured
	return slogLogger(handler, run, slog.LevelInfo, nothing), nil
}

func slogLogger(handler slog.Handler, run string, level slog.Level, close func() error) *logger {
	log, ctx := slog.New(handler).With("host", bound, "bench_run", run), context.Background()
	return &logger{func(i int) {
		log.LogAttrs(ctx, level, message,
			slog.String("method", method),
			slog.String("path", path),
			slog.Int("status", status),
			slog.Duration("took", took),
			slog.String("request_id", requestID(i)))
	}, close}
}

func openGind(o gind.Options) func(run, dir string) (*logger, error) {
	return func(run, dir string) (*logger, error) {
		o.Target, o.Mirror.Dir = gind.Journald, dir
		j, err := gind.Open(o)
		if err != nil {
			return nil, err
		}
		return slogLogger(j.Handler(), run, slog.LevelInfo, flushAndClose(j)), nil
	}
}

// flushAndClose does not pass on what Close says of lost records: they are
// missed where they should be.
func flushAndClose(j *gind.Journal) func() error {
	return func() error {
		err := j.Flush(context.Background())
		_ = j.Close()
		return err
	}
}

// openSlogJournal logs with upper-case keys, since others are dropped; the way
// in which the library makes them upper-case itself costs more.
func openSlogJournal(run, _ string) (*logger, error) {
	handler, err := slogjournal.NewHandler(nil)
	if err != nil {
		return nil, err
	}
	log, ctx := slog.New(handler).With("HOST", bound, "BENCH_RUN", run), context.Background()
	return &logger{func(i int) {
		log.LogAttrs(ctx, slog.LevelInfo, message,
			slog.String("METHOD", method),
			slog.String("PATH", path),
			slog.Int("STATUS", status),
			slog.Duration("TOOK", took),
			slog.String("REQUEST_ID", requestID(i)))
	}, nothing}, nil
}

func openGoSystemd(run, _ string) (*logger, error) {
	return &logger{func(i int) {
		must(0, journal.Send(message, journal.PriInfo, map[string]string{
			"METHOD":     method,
			"PATH":       path,
			"STATUS":     strconv.Itoa(status),
			"TOOK":       strconv.FormatInt(took.Microseconds(), 10),
			"REQUEST_ID": requestID(i),
			"HOST":       bound,
			"BENCH_RUN":  run,
		}))
	}, nothing}, nil
}

func openSsgreg(run, _ string) (*logger, error) {
	return &logger{func(i int) {
		must(0, ssgreg.DefaultJournal.Send(message, ssgreg.PriorityInfo, map[string]any{
			"METHOD":     method,
			"PATH":       path,
			"STATUS":     status,
			"TOOK":       took.Microseconds(),
			"REQUEST_ID": requestID(i),
			"HOST":       bound,
			"BENCH_RUN":  run,
		}))
	}, nothing}, nil
}

func openZerolog(run, _ string) (*logger, error) {
	return zerologLogger(zerologjournald.NewJournalDWriter(), run, nothing), nil
}

func zerologLogger(w io.Writer, run string, close func() error) *logger {
	log := zerolog.New(w).With().Timestamp().Str("host", bound).Str("bench_run", run).Logger()
	return &logger{func(i int) {
		log.Info().
			Str("method", method).
			Str("path", path).
			Int("status", status).
			Dur("took", took).
			Str("request_id", requestID(i)).
			Msg(message)
	}, close}
}

func openPhuslu(run, _ string) (*logger, error) {
	w := new(phuslu.JournalWriter)
	return phusluLogger(w, run, w.Close), nil
}

func openPhusluAsync(run, _ string) (*logger, error) {
	w := &phuslu.AsyncWriter{Writer: new(phuslu.JournalWriter), ChannelSize: 4096}
	return phusluLogger(w, run, w.Close), nil
}

func phusluLogger(w phuslu.Writer, run string, close func() error) *logger {
	log := phuslu.Logger{
		Level:   phuslu.InfoLevel,
		Writer:  w,
		Context: phuslu.NewContext(nil).Str("host", bound).Str("bench_run", run).Value(),
	}
	return &logger{func(i int) {
		log.Info().
			Str("method", method).
			Str("path", path).
			Int("status", status).
			Dur("took", took).
			Str("request_id", requestID(i)).
			Msg(message)
	}, close}
}
