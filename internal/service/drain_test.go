package service

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// slowly is a route that answers after ?for=.
func slowly(s *Service) error {
	s.Router().GET("/slowly", func(c *gin.Context) {
		d, err := time.ParseDuration(c.Query("for"))
		if err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		select {
		case <-time.After(d):
			c.String(http.StatusOK, "done")
		case <-c.Request.Context().Done():
		}
	})
	return nil
}

// ask for a page, on a connection of its own.
func ask(address, path string) (text string, took time.Duration, err error) {
	begun := time.Now()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + path)
	if err != nil {
		return "", time.Since(begun), err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), time.Since(begun), err
}

// TestNobodyWaitsForSomebodyElsesRequest in a drain: others are served while it goes on,
// and it is answered.
func TestNobodyWaitsForSomebodyElsesRequest(t *testing.T) {
	s := newSite(t, slowly)
	address := freeAddress(t)
	s.write("listeners: {http: {address: %q}}\n", address)
	a, stop := s.start()
	old := make(chan string, 1)
	go func() {
		text, _, err := ask(address, "/slowly?for=3s")
		old <- fmt.Sprint(text, err)
	}()
	await(t, "the request is in flight", func() bool { return a.server.Stats().InFlight == 1 })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop()
	}()
	<-a.Draining().Done()
	for others := 0; ; others++ {
		select {
		case answer := <-old:
			if answer != "done<nil>" || others < 10 {
				t.Errorf("the request of before: %s, after %d others", answer, others)
			}
			<-ended
			return
		default:
		}
		if text, took, err := ask(address, "/slowly?for=1ms"); (err != nil || text != "done" || took > 2*time.Second) && len(old) == 0 {
			t.Fatalf("another request while it drains: %q, %v after %v", text, err, took)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestARequestThatOutlastsTheDrainIsCutOff, and not waited for in the freeze.
func TestARequestThatOutlastsTheDrainIsCutOff(t *testing.T) {
	s := newSite(t, slowly)
	address := freeAddress(t)
	s.write("listeners: {http: {address: %q}}\ndrain: {timeout: 1s, freeze: 100ms}\n", address)
	a, stop := s.start()
	old := make(chan error, 1)
	go func() {
		_, _, err := ask(address, "/slowly?for=1m")
		old <- err
	}()
	await(t, "the request is in flight", func() bool { return a.server.Stats().InFlight == 1 })
	begun := time.Now()
	stop()
	if took := time.Since(begun); took < time.Second || took > 20*time.Second {
		t.Errorf("the drain took %v, want a second and a little", took)
	}
	if err := <-old; err == nil {
		t.Error("the request was answered")
	}
}

// TestTheEndDoesNotWaitForAReload whose functions prepare slowly, and do not look at
// their context.
func TestTheEndDoesNotWaitForAReload(t *testing.T) {
	preparing, prepared := make(chan struct{}), make(chan struct{})
	s := newSite(t, func(s *Service) error {
		s.OnReload(func(context.Context) error {
			close(preparing)
			<-prepared
			return nil
		})
		return nil
	})
	s.write("listeners: {http: {address: %q}}\n", freeAddress(t))
	a, stop := s.start()
	refused := make(chan error, 1)
	go func() {
		_, err := a.reloader.Reload(context.Background(), "test")
		refused <- err
	}()
	<-preparing
	stop()
	close(prepared)
	if err := <-refused; err == nil || !strings.Contains(err.Error(), "cancel") && !strings.Contains(err.Error(), "draining") {
		t.Errorf("the reload: %v", err)
	}
	if version := a.config.Current().Version; version != 1 {
		t.Errorf("version %d came into force in the drain", version)
	}
}
