package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Webhook posts the notice as JSON. Its member "text" is the subject, which is
// what chat services show.
type Webhook struct {
	// URL with http or https. It is a secret, as are the headers: neither is in an error.
	URL string
	// Header is sent along.
	Header map[string]string
}

// webhookBody is a notice with what chat services look for.
type webhookBody struct {
	Text string `json:"text"`
	Notice
}

// maxAnswer is how much of an answer is read, so that the connection can be closed well.
const maxAnswer = 64 << 10

func (w Webhook) deliver(ctx context.Context, n Notice) error {
	body, err := json.Marshal(webhookBody{n.Subject(), n})
	if err != nil {
		return finalError{err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return finalError{errors.New("the URL cannot be parsed")} // the error has its text
	}
	if request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return finalError{errors.New("the URL is neither http:// nor https://")}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gind-alert")
	for name, value := range w.Header {
		request.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer)
	return judge(response.StatusCode)
}

// judge an answer. What a receiver refuses as a mistake it refuses again.
func judge(status int) error {
	err := fmt.Errorf("the webhook answered %d %s", status, http.StatusText(status))
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return err
	default:
		return finalError{err}
	}
}

// withoutURL drops the URL from an error of net/http.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("the webhook was not reached: %w", u.Err)
	}
	return err
}
