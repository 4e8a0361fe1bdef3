package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind"
)

// rough routes end the process, or make it useless, each in a way of its own.
func rough(s *gind.Service) {
	r := s.Router
	r.GET("/rough/panic", func(c *gin.Context) { go panicInBackground() })
	r.GET("/rough/map", func(c *gin.Context) { go writeTogether() })
	r.GET("/rough/starve", func(c *gin.Context) {
		for range 3000 {
			go spin()
		}
	})
	r.GET("/rough/leak", func(c *gin.Context) { go leak() })

	var dead atomic.Bool
	r.GET("/rough/die", func(c *gin.Context) { dead.Store(true) })
	s.Check("alive", func(context.Context) error {
		if dead.Load() {
			return errors.New("it has seen better days")
		}
		return nil
	}, gind.Live(), gind.Every(200*time.Millisecond))
}

func panicInBackground() { panic("nobody recovers this") }

func writeTogether() {
	shared := map[int]int{}
	for range 8 {
		go func() {
			for {
				shared[1]++
			}
		}()
	}
}

func spin() {
	for n := 0; ; n++ {
		spun.Store(int64(n))
	}
}

var spun atomic.Int64

// leak goroutines that hold memory, some 25 MB a second.
func leak() {
	for {
		go leaked(make([]byte, 256<<10))
		time.Sleep(10 * time.Millisecond)
	}
}

func leaked(memory []byte) {
	for i := range memory {
		memory[i] = 1
	}
	time.Sleep(time.Hour)
	spun.Store(int64(memory[0]))
}
