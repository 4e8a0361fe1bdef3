package output

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
)

// nowhere takes records as the journal does, at no cost.
type nowhere struct{}

func (nowhere) Enabled(context.Context, slog.Level) bool  { return true }
func (nowhere) Handle(context.Context, slog.Record) error { return nil }
func (nowhere) WithAttrs([]slog.Attr) slog.Handler        { return nowhere{} }
func (nowhere) WithGroup(string) slog.Handler             { return nowhere{} }

// BenchmarkLines measures a line from the pipe's reader to the handler.
func BenchmarkLines(b *testing.B) {
	for name, line := range map[string]string{
		"plain":     "a line of the usual length that says nothing about itself, as many programs print",
		"one word":  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"gin":       `[GIN] 2026/11/24 - 00:34:16 | 200 |    7.251µs |       192.0.2.1 | GET      "/users/7?full=1"`,
		"zerolog":   `{"level":"info","user":"ada","count":12,"time":"2026-11-24T00:34:16Z","message":"hello world"}`,
		"slog-json": `{"time":"2026-11-24T00:34:16.251184185Z","level":"INFO","msg":"hello world","user":"ada","count":12}`,
		"logfmt":    `time=2026-11-24T00:34:16.251Z level=INFO msg="hello world" user="ada lovelace" count=12`,
		"klog":      "I1124 00:34:16.253285   23587 main.go:59] hello world",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line) + 1))
			b.ReportAllocs()
			s := New(Options{Handler: nowhere{}, Wait: true, Recent: &Recent{}})
			if err := s.Run(&repeated{line: line + "\n", left: b.N}); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// repeated reads as the same line again and again.
type repeated struct {
	line string
	left int
	rest []byte
}

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		n := min(r.left, 4096)
		r.rest = []byte(strings.Repeat(r.line, n))
		r.left -= n
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

var _ = bytes.MinRead
