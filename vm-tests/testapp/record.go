package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/gin-gonic/gin"
)

// echo answers with what tells a right answer from somebody else's: the number
// that was sent, the client's address as it is seen here, and the process.
func echo(c *gin.Context) {
	c.String(http.StatusOK, "%s %s %d\n", c.Query("number"), c.Request.RemoteAddr, os.Getpid())
}

// record writes down the number of a request whose body has arrived as it was
// sent. The record is the state directory's, and outlives the process.
func record(c *gin.Context) {
	sum := sha256.New()
	length, err := io.Copy(sum, c.Request.Body)
	if err != nil {
		c.String(http.StatusBadRequest, "%v\n", err)
		return
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != c.GetHeader("X-Sum") {
		c.String(http.StatusUnprocessableEntity, "%d bytes with the sum %s\n", length, got)
		return
	}
	if err := writeDown(c.Param("number")); err != nil {
		c.String(http.StatusInternalServerError, "%v\n", err)
		return
	}
	c.String(http.StatusOK, "%s\n", c.Param("number"))
}

// writeDown adds a line to the record, in one write(2) at its end.
func writeDown(number string) error {
	file, err := openRecord()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, number)
	return err
}

var openRecord = sync.OnceValues(func() (*os.File, error) {
	return os.OpenFile(filepath.Join(os.Getenv("STATE_DIRECTORY"), "numbers"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
})
