package probe

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// account is an unprivileged user's: postgres will not run as root.
type account struct{ uid, gid uint32 }

// unprivileged is the user nobody if the tests run as root.
func unprivileged(t *testing.T) *account {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("the tests run as root, and there is no user nobody to run a server as")
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &account{uint32(uid), uint32(gid)}
}

// home makes a directory that belongs to the account.
func home(t *testing.T, a *account) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "probe") // t.TempDir is closed to others, and its name is long for a socket's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	give(t, a, dir)
	return dir
}

func give(t *testing.T, a *account, files ...string) {
	t.Helper()
	for _, file := range files {
		if a == nil {
			continue
		}
		if err := os.Chown(file, int(a.uid), int(a.gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// program finds a server, or skips the test.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install redis-server mariadb-server postgresql to run this test", name)
	}
	return path
}

// beside is the path of another program in the folder where path really is.
func beside(t *testing.T, path, name string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(filepath.Dir(real), name)
}

func serverCommand(a *account, dir, path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

func runOnce(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// server is a running server that can be stopped.
type server struct {
	stop func()
}

// start runs a server until the test ends, and waits until ready passes.
func start(t *testing.T, cmd *exec.Cmd, ready Func) server {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	s := server{stop: sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		<-exited
		_ = log.Close()
	})}
	t.Cleanup(s.stop)
	if err := await(t.Context(), ready, exited); err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("%v: %v\n%s", cmd.Args, err, text)
	}
	return s
}

// await asks until the probe passes.
func await(ctx context.Context, probe Func, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestRedisServer(t *testing.T) {
	path := program(t, "redis-server")
	t.Parallel()
	dir := home(t, nil)
	cert, key := certificate(t, dir, time.Hour)
	port, tlsPort, socket := freePort(t), freePort(t), filepath.Join(dir, "s")
	at := "127.0.0.1:" + port
	good := built(t)(Redis(RedisOptions{Address: at, Password: secret}))
	s := start(t, serverCommand(nil, dir, path, "--port", port, "--bind", "127.0.0.1", "--unixsocket", socket,
		"--requirepass", secret, "--user", "gind", "on", ">"+secret, "+ping", "--save", "", "--dir", dir,
		"--tls-port", tlsPort, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"), good)

	redis := func(o RedisOptions) error { return ask(t, built(t)(Redis(o))) }
	passes(t, "user", redis(RedisOptions{Address: at, Username: "gind", Password: secret}))
	passes(t, "socket", redis(RedisOptions{Address: "unix:" + socket, Password: secret}))
	passes(t, "TLS", redis(RedisOptions{Address: "localhost:" + tlsPort, Password: secret, TLS: &TLS{CA: cert}}))
	fails(t, "TLS unverified", redis(RedisOptions{Address: "localhost:" + tlsPort, Password: secret, TLS: &TLS{}}), "TLS: ")
	fails(t, "no password", redis(RedisOptions{Address: at}), "PING: NOAUTH")
	fails(t, "wrong password", redis(RedisOptions{Address: at, Password: secret + "x"}), "AUTH: WRONGPASS")
	fails(t, "wrong user", redis(RedisOptions{Address: at, Username: "none", Password: secret}), "AUTH: WRONGPASS")
	s.stop()
	fails(t, "stopped", ask(t, good), "refused")
}

func TestRedisThatEchoesThePasswordDoesNotLeakIt(t *testing.T) {
	at := listener(t, func(c net.Conn) {
		b := make([]byte, 512)
		n, _ := c.Read(b)
		_, _ = fmt.Fprintf(c, "-ERR unknown command, with args beginning with: %q\r\n", b[:n])
	})
	fails(t, "echo", ask(t, built(t)(Redis(RedisOptions{Address: at, Password: secret}))), "***")
}

func TestPostgresServer(t *testing.T) {
	path := program(t, "postgres")
	a := unprivileged(t)
	t.Parallel()
	dir := home(t, a)
	data := filepath.Join(dir, "data")
	passwords := filepath.Join(dir, "password")
	if err := os.WriteFile(passwords, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, key := certificate(t, dir, time.Hour)
	give(t, a, passwords, cert, key)
	runOnce(t, serverCommand(a, dir, beside(t, path, "initdb"), "--no-sync", "--auth=scram-sha-256",
		"--username=gind", "--pwfile="+passwords, data))
	configure := func(text string) {
		if err := os.WriteFile(filepath.Join(data, "postgresql.auto.conf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(fmt.Sprintf("ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\n", cert, key))
	port := freePort(t)
	at := "localhost:" + port
	good := built(t)(Postgres(SQLOptions{Address: at, User: "gind", Password: secret, Database: "postgres"}))
	cmd := serverCommand(a, dir, path, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", dir, "-F")
	s := start(t, cmd, good)

	postgres := func(o SQLOptions) error { return ask(t, built(t)(Postgres(o))) }
	for _, mode := range []string{TLSDisable, TLSRequire, TLSVerify} {
		passes(t, mode, postgres(SQLOptions{Address: at, User: "gind", Password: secret, Database: "postgres", TLSMode: mode, CA: cert}))
	}
	passes(t, "socket", postgres(SQLOptions{Address: "unix:" + filepath.Join(dir, ".s.PGSQL."+port), User: "gind", Password: secret, Database: "postgres"}))
	fails(t, "unverified", postgres(SQLOptions{Address: at, User: "gind", Password: secret, Database: "postgres", TLSMode: TLSVerify}), "unknown authority")
	fails(t, "wrong password", postgres(SQLOptions{Address: at, User: "gind", Password: secret + "x"}), "password authentication failed")
	fails(t, "no database", postgres(SQLOptions{Address: at, User: "gind", Password: secret}), `database "gind" does not exist`)

	require := built(t)(Postgres(SQLOptions{Address: at, User: "gind", Password: secret, Database: "postgres", TLSMode: TLSRequire}))
	configure("ssl = off\n")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if ask(t, require) != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	fails(t, "TLS is off", ask(t, require), "SSL is not enabled on the server")
	passes(t, "TLS is off, which prefer allows", ask(t, good))

	s.stop()
	fails(t, "stopped", ask(t, good), "refused")
}

func TestMariaDBServer(t *testing.T) {
	path := program(t, "mariadbd")
	t.Parallel()
	base := filepath.Dir(filepath.Dir(path))
	dir := home(t, nil)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	cert, key := certificate(t, dir, time.Hour)
	setup := filepath.Join(dir, "setup.sql")
	if err := os.WriteFile(setup, []byte("CREATE USER gind@localhost IDENTIFIED BY '"+secret+"';\nCREATE DATABASE gind;\nGRANT SELECT ON gind.* TO gind@localhost;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runOnce(t, serverCommand(nil, dir, filepath.Join(base, "bin", "mariadb-install-db"), "--no-defaults", "--basedir="+base, "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db"))
	port := freePort(t)
	at := "localhost:" + port
	good := built(t)(MySQL(SQLOptions{Address: at, User: "gind", Password: secret, Database: "gind"}))
	s := start(t, serverCommand(nil, dir, path, "--no-defaults", "--user="+currentUser(t), "--basedir="+base, "--datadir="+data,
		"--bind-address=127.0.0.1", "--port="+port, "--socket="+socket, "--init-file="+setup, "--innodb-flush-method=nosync",
		"--ssl-cert="+cert, "--ssl-key="+key, "--ssl-ca="+cert), good)

	mysql := func(o SQLOptions) error { return ask(t, built(t)(MySQL(o))) }
	for _, mode := range []string{TLSDisable, TLSRequire, TLSVerify} {
		passes(t, mode, mysql(SQLOptions{Address: at, User: "gind", Password: secret, TLSMode: mode, CA: cert}))
	}
	passes(t, "socket", mysql(SQLOptions{Address: "unix:" + socket, User: "gind", Password: secret}))
	fails(t, "unverified", mysql(SQLOptions{Address: at, User: "gind", Password: secret, TLSMode: TLSVerify}), "unknown authority")
	fails(t, "wrong password", mysql(SQLOptions{Address: at, User: "gind", Password: secret + "x"}), "Access denied")
	fails(t, "no database", mysql(SQLOptions{Address: at, User: "gind", Password: secret, Database: "none"}), "none")
	s.stop()
	fails(t, "stopped", ask(t, good), "refused")
}

func currentUser(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}
