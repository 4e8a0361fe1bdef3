package main

import (
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// events is a stream of server-sent events that does not look at Draining.
func events(c *gin.Context) {
	for n := 0; c.Request.Context().Err() == nil; n++ {
		c.SSEvent("number", n)
		c.Writer.Flush()
		time.Sleep(100 * time.Millisecond)
	}
}

// socket switches protocols as a WebSocket does, and sends back what it gets until
// the client hangs up.
func socket(c *gin.Context) {
	conn, buffered, err := c.Writer.Hijack()
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if err == nil {
		_, _ = io.Copy(conn, buffered)
	}
}
