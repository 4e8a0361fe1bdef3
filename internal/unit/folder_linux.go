package unit

import "context"

// WorkingDirectory is that of this process's unit as systemd has it now, links and
// all; see systemd.exec(5). Empty: the unit names none.
func WorkingDirectory(ctx context.Context) (string, error) {
	value, err := property(ctx, "WorkingDirectory")
	folder, _ := value.(string)
	return folder, err
}
