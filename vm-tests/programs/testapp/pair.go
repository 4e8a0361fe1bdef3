package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

// pair is the section "pair" of the config: two keys that always change together.
type pair struct {
	First  int         `yaml:"first"`
	Second int         `yaml:"second"`
	Sick   bool        `yaml:"sick"`
	Token  gind.Secret `yaml:"token"`
}

func servePair(s *gind.Service) error {
	view, err := gind.Settings[pair](s, "pair")
	if err != nil {
		return err
	}
	s.Router.GET("/pair", func(c *gin.Context) {
		now := view.Load()
		c.String(http.StatusOK, "%d %d %d\n", now.First, now.Second, len(now.Token.Reveal()))
	})
	s.Router.GET("/panic-with-config", func(*gin.Context) {
		panic(fmt.Sprintf("the config was %+v", *view.Load()))
	})
	s.Check("pair", func(context.Context) error {
		if view.Load().Sick {
			return errors.New("the config makes it sick")
		}
		return nil
	}, gind.Every(time.Second))
	return nil
}
