// Command after serves the same shop with gind: readiness, reload, draining,
// separated logs, health and a control socket come with it.
package main

import (
	"github.com/gind/gind"
	"github.com/gind/gind/examples/shop"
)

// Config is the section "shop" of the config file.
type Config struct {
	// MaxProducts is the most products there may be; 0 is no limit.
	MaxProducts int `yaml:"max_products" default:"1000" validate:"min=0"`
	// RequestsPerSecond is how many requests to the API are served; 0 is no limit.
	RequestsPerSecond int `yaml:"requests_per_second" validate:"min=0,max=100000"`
}

func main() {
	gind.Main(func(s *gind.Service) error {
		config, err := gind.Settings[Config](s, "shop")
		if err != nil {
			return err
		}
		shop := &shop.Shop{
			Store:   shop.NewStore(),
			Limit:   func() int { return config.Load().MaxProducts },
			Rate:    func() int { return config.Load().RequestsPerSecond },
			Closing: s.Draining().Done(),
		}
		shop.Routes(s.Router)
		return nil
	}, gind.Name("shop"))
}
