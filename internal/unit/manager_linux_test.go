package unit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestOnlySystemdLetsAnotherProcessFollow: everybody else takes the end of this one
// for that of the service, and is told to do it otherwise.
func TestOnlySystemdLetsAnotherProcessFollow(t *testing.T) {
	const notify, exec = "NOTIFY_SOCKET=/run/notify", "SYSTEMD_EXEC_PID=50"
	for name, c := range map[string]struct {
		id, parent    int
		comm, cmdline string
		booted        bool
		env           string
		want          string
	}{
		"systemd":                       {id: 50, parent: 1, comm: "systemd", booted: true, env: notify},
		"a user's systemd":              {id: 50, parent: 40, comm: "systemd", booted: true, env: notify},
		"systemd, hidden":               {id: 50, parent: 1, booted: true, env: notify},
		"a user's systemd, hidden":      {id: 50, parent: 40, booted: true, env: notify + " " + exec},
		"systemd, which does not hear":  {id: 50, parent: 1, comm: "systemd", booted: true, want: "Type=notify"},
		"the container's first":         {id: 1, env: notify, want: "process 1 of a container"},
		"another init":                  {id: 50, parent: 1, comm: "tini", env: notify, want: "tini (process 1) started this process"},
		"another supervisor":            {id: 50, parent: 40, comm: "supervisord", cmdline: "python3 supervisord", env: "SYSTEMD_EXEC_PID=40 " + notify, want: "supervisord (process 40)"},
		"a shell":                       {id: 50, parent: 40, comm: "bash", cmdline: "-bash", want: "have it stop and start"},
		"gind supervise":                {id: 50, parent: 40, comm: "gind", cmdline: "/usr/bin/gind supervise -- shop", env: notify, want: `use "gind supervise replace"`},
		"gind supervise, as systemd's":  {id: 50, parent: 40, comm: "gind", cmdline: "gind supervise shop.yaml", booted: true, env: notify, want: "gind supervise replace"},
		"nobody that it sees":           {id: 50, parent: 40, env: notify, want: "something that is not systemd"},
		"an outsider of this container": {id: 50, parent: 0, env: notify, want: "not systemd"},
	} {
		dir := t.TempDir()
		p := process{id: c.id, parent: c.parent, proc: dir, booted: filepath.Join(dir, "booted"), env: func(key string) string {
			for _, assignment := range strings.Fields(c.env) {
				if value, is := strings.CutPrefix(assignment, key+"="); is {
					return value
				}
			}
			return ""
		}}
		if c.comm != "" {
			write(t, filepath.Join(dir, strconv.Itoa(c.parent)), map[string]string{"comm": c.comm + "\n", "cmdline": strings.ReplaceAll(c.cmdline, " ", "\x00")})
		}
		if c.booted {
			write(t, p.booted, nil)
		}
		err := manager(p)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
