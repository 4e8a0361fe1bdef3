package settings

import (
	"maps"
	"slices"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/config"
)

// CheckAlerts finds alerts that could tell nobody, in a config that has them
// under the key alerts.
func CheckAlerts(s *config.Snapshot, alerts map[string]Alert) []*config.Mistake {
	c := &checking{snapshot: s}
	c.alerts(alerts)
	return c.mistakes
}

// Targets are those whom the alerts tell. One that is not whole is passed over:
// who can be told is.
func Targets(alerts map[string]Alert) []alert.Target {
	var targets []alert.Target
	for _, name := range slices.Sorted(maps.Keys(alerts)) {
		if via := alerts[name].via(); via != nil {
			targets = append(targets, alert.Target{Name: name, Via: via, Timeout: alerts[name].Timeout, RetryFor: alerts[name].RetryFor})
		}
	}
	return targets
}

func (a Alert) via() alert.Via {
	switch a.Type {
	case "command":
		return alert.Command{Args: a.Command}
	case "webhook":
		header := map[string]string{}
		for name, value := range a.Headers {
			header[name] = value.Reveal()
		}
		return alert.Webhook{URL: a.URL.Reveal(), Header: header}
	case "mail":
		return alert.Mail{To: a.To, From: a.From, Sendmail: a.Sendmail}
	}
	return nil
}
