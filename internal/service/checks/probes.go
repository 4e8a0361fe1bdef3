package checks

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/health/probe"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/value"
)

// Mistakes are the checks that can't be made of what the config says of them.
func Mistakes(s *config.Snapshot) (mistakes []*config.Mistake) {
	keys, ok := s.Value().(*settings.Settings)
	if !ok {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(keys.Health.Checks)) {
		key, check := "health.checks."+name, keys.Health.Checks[name]
		if probes[check.Type] == nil || !whole(check) {
			continue // package settings says what is wrong
		}
		if _, err := probes[check.Type](check); err != nil {
			mistakes = append(mistakes, s.Mistake(key+".type", "%v", err))
		}
	}
	return mistakes
}

// whole reports whether a check has what its type needs.
func whole(c settings.HealthCheck) bool {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		needs := strings.Fields(v.Type().Field(i).Tag.Get("needs"))
		if slices.Contains(needs, c.Type) && v.Field(i).IsZero() {
			return false
		}
	}
	return true
}

func checkOf(name string, c settings.HealthCheck) health.Check {
	check := health.Check{Name: name, Interval: c.Interval, Timeout: c.Timeout, Jitter: c.Jitter, Fall: c.Fall, Rise: c.Rise}
	_ = check.Kind.UnmarshalText([]byte(c.Kind)) // one of the words in the schema
	ask, err := probes[c.Type](c)
	if err != nil { // a file has changed since Mistakes looked
		ask = func(context.Context) error { return err }
	}
	check.Probe = ask
	return check
}

// probes by the type of the check.
var probes = map[string]func(settings.HealthCheck) (probe.Func, error){
	"tcp": func(c settings.HealthCheck) (probe.Func, error) {
		return probe.TCP(probe.TCPOptions{Address: c.Address})
	},
	"http":     httpProbe,
	"redis":    redisProbe,
	"mysql":    func(c settings.HealthCheck) (probe.Func, error) { return probe.MySQL(sqlOptions(c)) },
	"postgres": func(c settings.HealthCheck) (probe.Func, error) { return probe.Postgres(sqlOptions(c)) },
	"disk": func(c settings.HealthCheck) (probe.Func, error) {
		return probe.Disk(probe.DiskOptions{
			Path: c.Path, MinFree: uint64(c.MinFree), MinFreePercent: c.MinFreePercent, MinInodesPercent: c.MinInodesPercent,
		})
	},
	"memory": func(c settings.HealthCheck) (probe.Func, error) {
		return probe.Memory(probe.MemoryOptions{MaxUsedPercent: c.MaxUsedPercent, MaxStallPercent: c.MaxStallPercent})
	},
	"unit": func(c settings.HealthCheck) (probe.Func, error) { return probe.Unit(probe.UnitOptions{Name: c.Unit}) },
	"exec": func(c settings.HealthCheck) (probe.Func, error) {
		return probe.Exec(probe.ExecOptions{Command: c.Command, Dir: c.Directory, Env: variables(c.Variables)})
	},
	"scheduler": func(c settings.HealthCheck) (probe.Func, error) {
		return probe.Scheduler(probe.SchedulerOptions{MaxWait: c.MaxWait})
	},
}

func httpProbe(c settings.HealthCheck) (probe.Func, error) {
	return probe.HTTP(probe.HTTPOptions{
		URL: c.URL, Method: c.Method, Header: revealed(c.Headers), Status: c.Status, Body: c.Body, Socket: c.Socket,
		TLS: probe.TLS{CA: c.CA, ServerName: c.ServerName, Insecure: c.Insecure}, MinValidity: c.MinValidity,
	})
}

func redisProbe(c settings.HealthCheck) (probe.Func, error) {
	o := probe.RedisOptions{Address: c.Address, Username: c.User, Password: c.Password.Reveal()}
	if c.TLS == probe.TLSRequire || c.TLS == probe.TLSVerify {
		o.TLS = &probe.TLS{CA: c.CA, ServerName: c.ServerName, Insecure: c.TLS == probe.TLSRequire}
	}
	return probe.Redis(o)
}

func sqlOptions(c settings.HealthCheck) probe.SQLOptions {
	return probe.SQLOptions{
		Address: c.Address, User: c.User, Password: c.Password.Reveal(), Database: c.Database, TLSMode: c.TLS, CA: c.CA,
	}
}

func variables(secrets map[string]value.Secret) []string {
	var list []string
	for name, value := range revealed(secrets) {
		list = append(list, name+"="+value)
	}
	return list
}

func revealed(secrets map[string]value.Secret) map[string]string {
	all := map[string]string{}
	for name, secret := range secrets {
		all[name] = secret.Reveal()
	}
	return all
}
