package unit

import "context"

// WorkingDirectory is that of this process's unit as systemd has it now, links and
// all; see systemd.exec(5). Empty: the unit names none.
func WorkingDirectory(ctx context.Context) (string, error) {
	value, err := property(ctx, "WorkingDirectory")
	folder, _ := value.(string)
	return folder, err
}

// Program is the path that a start of this process's unit executes, as systemd has it
// now: that of ExecStart= in systemd.service(5), which need not be the first argument.
func Program(ctx context.Context) (string, error) {
	value, err := property(ctx, "ExecStart")
	if commands, ok := value.([][]any); ok && len(commands) > 0 && len(commands[0]) > 0 {
		path, _ := commands[0][0].(string)
		return path, err
	}
	return "", err
}
