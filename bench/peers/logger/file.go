package main

import (
	"log/slog"
	"path/filepath"

	phuslu "github.com/phuslu/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/natefinch/lumberjack.v2"

	gind "github.com/gind/gind/internal/journal"
)

// written have a record in the file (in the kernel's cache) when the call
// returns: it survives the process.
var written = []library{
	{"gind", openMirror(slog.LevelError)}, // errors are written through
	{"zap", openZap},
	{"zerolog", openZerologFile},
	{"slog", openSlogFile},
	{"phuslu", openPhusluFile},
}

// buffered have it in memory when the call returns.
var buffered = []library{
	{"gind", openMirror(slog.LevelInfo)},
	{"zap", openZapBuffered},
	{"phuslu", openPhusluAsyncFile},
}

// rotated is a file that is rotated at lumberjack's default size.
func rotated(dir string) *lumberjack.Logger {
	return &lumberjack.Logger{Filename: filepath.Join(dir, "log")}
}

// openMirror logs to the mirror alone, as where there is no journald.
func openMirror(level slog.Level) func(run, dir string) (*logger, error) {
	return func(run, dir string) (*logger, error) {
		j, err := gind.Open(gind.Options{
			Target: gind.Journald,
			Socket: filepath.Join(dir, "nobody"),
			Mirror: gind.MirrorOptions{Dir: dir},
		})
		if err != nil {
			return nil, err
		}
		return slogLogger(j.Handler(), run, level, flushAndClose(j)), nil
	}
}

func openZap(run, dir string) (*logger, error) {
	file := rotated(dir)
	return zapLogger(zapcore.AddSync(file), run, file.Close), nil
}

func openZapBuffered(run, dir string) (*logger, error) {
	buffer := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(rotated(dir))}
	return zapLogger(buffer, run, buffer.Stop), nil
}

func zapLogger(w zapcore.WriteSyncer, run string, close func() error) *logger {
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), w, zap.InfoLevel)
	log := zap.New(core).With(zap.String("host", bound), zap.String("bench_run", run))
	return &logger{func(i int) {
		log.Info(message,
			zap.String("method", method),
			zap.String("path", path),
			zap.Int("status", status),
			zap.Duration("took", took),
			zap.String("request_id", requestID(i)))
	}, close}
}

func openZerologFile(run, dir string) (*logger, error) {
	file := rotated(dir)
	return zerologLogger(file, run, file.Close), nil
}

func openSlogFile(run, dir string) (*logger, error) {
	file := rotated(dir)
	return slogLogger(slog.NewJSONHandler(file, nil), run, slog.LevelInfo, file.Close), nil
}

func openPhusluFile(run, dir string) (*logger, error) {
	file := &phuslu.FileWriter{Filename: filepath.Join(dir, "log"), MaxSize: 100 << 20}
	return phusluLogger(file, run, file.Close), nil
}

func openPhusluAsyncFile(run, dir string) (*logger, error) {
	w := &phuslu.AsyncWriter{
		Writer:      &phuslu.FileWriter{Filename: filepath.Join(dir, "log"), MaxSize: 100 << 20},
		ChannelSize: 4096,
	}
	return phusluLogger(w, run, w.Close), nil
}
