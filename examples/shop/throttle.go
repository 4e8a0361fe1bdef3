package shop

import (
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// throttle answers 429 to requests that are more than the shop serves.
func (s *Shop) throttle(c *gin.Context) {
	if rate := s.Rate(); rate > 0 && !s.turns.take(time.Now(), rate) {
		c.Header("Retry-After", "1")
		c.AbortWithStatusJSON(http.StatusTooManyRequests, gin.H{"error": "too many requests"})
	}
}

// turns are given out at a rate that may change between any two. The zero value
// has a second's worth ready.
type turns struct {
	mu   sync.Mutex
	next time.Time // when all that were given out will have been due
}

// take reports whether there is a turn at this time.
func (t *turns) take(now time.Time, rate int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next.Before(now) {
		t.next = now
	}
	if t.next.Sub(now) >= time.Second {
		return false
	}
	t.next = t.next.Add(time.Second / time.Duration(rate))
	return true
}
