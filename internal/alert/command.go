package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Command runs a program, without a shell. The notice is on its standard input as
// JSON, and in the variables GIND_ALERT_*.
type Command struct {
	// Args are the program and its arguments.
	Args []string
}

// waitDelay is how long the output of a command may stay open after its end, as
// when it left a child behind.
const waitDelay = time.Second

func (c Command) deliver(ctx context.Context, n Notice) error {
	if len(c.Args) == 0 {
		return finalError{errors.New("there is no command")}
	}
	text, err := json.Marshal(n)
	if err != nil {
		return finalError{err}
	}
	return run(ctx, c.Args, text, n.variables())
}

// variables are the notice for a shell script.
func (n Notice) variables() []string {
	test := ""
	if n.Test {
		test = "1"
	}
	return []string{
		"GIND_ALERT_TEST=" + test,
		"GIND_ALERT_UNIT=" + n.Unit,
		"GIND_ALERT_HOST=" + n.Host,
		"GIND_ALERT_RESULT=" + n.Result,
		"GIND_ALERT_EXIT_STATUS=" + strconv.Itoa(n.ExitStatus),
		"GIND_ALERT_REASON=" + n.Reason,
		"GIND_ALERT_SUBJECT=" + n.Subject(),
		"GIND_ALERT_DUMP=" + n.Dump,
	}
}

// run a program and say why it failed, in its own words.
func run(ctx context.Context, args []string, input []byte, variables []string) error {
	var said tail
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = waitDelay
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return finalError{err}
	}
	if words := oneLine(strings.TrimSpace(string(said)), maxSaid); words != "" {
		return fmt.Errorf("%s: %w: %s", args[0], err, words)
	}
	return fmt.Errorf("%s: %w", args[0], err)
}

// tail keeps the end of what is written to it.
type tail []byte

// maxSaid is how much of a program's output an error has, in bytes.
const maxSaid = 512

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if over := len(*t) - maxSaid; over > 0 {
		*t = append((*t)[:0], (*t)[over:]...)
	}
	return len(p), nil
}
