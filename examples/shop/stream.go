package shop

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// streamChanges sends each changed product as a server-sent event. It ends when
// the client goes, or when the shop closes: the client then gets a last event
// and its EventSource reconnects to the next process.
func (s *Shop) streamChanges(c *gin.Context) {
	changes, cancel := s.Store.Watch()
	defer cancel()

	// A stream outlives the server's write timeout.
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{})
	c.Header("Cache-Control", "no-store")
	c.SSEvent("hello", gin.H{"products": len(s.Store.Products(""))})
	c.Writer.Flush()

	heartbeat := time.NewTicker(15 * time.Second)
	defer heartbeat.Stop()
	for {
		select {
		case p := <-changes:
			c.SSEvent("product", p)
		case <-heartbeat.C:
			_, _ = c.Writer.WriteString(": still here\n\n")
		case <-s.Closing:
			c.SSEvent("closing", gin.H{})
			return
		case <-c.Request.Context().Done():
			return
		}
		c.Writer.Flush()
	}
}
