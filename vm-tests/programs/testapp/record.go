package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// echo answers with what tells a right answer from somebody else's: the number
// that was sent, the client's address as it is seen here, and the process.
// Unlike slow it does so whether somebody still listens or not.
func echo(c *gin.Context) {
	if wait, err := time.ParseDuration(c.Query("for")); err == nil {
		time.Sleep(wait)
	}
	c.String(http.StatusOK, "%s %s %d\n", c.Query("number"), c.Request.RemoteAddr, os.Getpid())
}

// bulk answers with so many bytes.
func bulk(c *gin.Context) {
	length, err := strconv.Atoi(c.Query("length"))
	if err != nil {
		c.String(http.StatusBadRequest, "%v\n", err)
		return
	}
	c.Data(http.StatusOK, "application/octet-stream", bytes.Repeat([]byte("x"), length))
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
