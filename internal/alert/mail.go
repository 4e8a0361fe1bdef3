package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// Mail goes through sendmail(8), which the machine's mail system has.
type Mail struct {
	// To are the addresses.
	To []string
	// From is the sender's address; empty: sendmail's own idea.
	From string
	// Sendmail is its path, /usr/sbin/sendmail by default.
	Sendmail string
}

// DefaultSendmail is where mail systems have it.
const DefaultSendmail = "/usr/sbin/sendmail"

func (m Mail) deliver(ctx context.Context, n Notice) error {
	message, err := m.message(n, time.Now())
	if err != nil {
		return finalError{err}
	}
	sendmail := m.Sendmail
	if sendmail == "" {
		sendmail = DefaultSendmail
	}
	args := []string{sendmail, "-i"}
	if m.From != "" {
		args = append(args, "-f", m.From)
	}
	return run(ctx, append(append(args, "--"), m.To...), message, nil)
}

// message as RFC 5322 has it.
func (m Mail) message(n Notice, now time.Time) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if m.From != "" {
		fmt.Fprintf(&b, "From: %s\n", m.From)
	}
	fmt.Fprintf(&b, "To: %s\n", strings.Join(m.To, ", "))
	fmt.Fprintf(&b, "Subject: %s\n", mime.QEncoding.Encode("utf-8", n.Subject()))
	fmt.Fprintf(&b, "Date: %s\n", now.Format(time.RFC1123Z))
	b.WriteString("Auto-Submitted: auto-generated\nMIME-Version: 1.0\n" +
		"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n")
	w := quotedprintable.NewWriter(&b)
	_, err := w.Write([]byte(n.text()))
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n")), errors.Join(err, w.Close())
}

// check refuses what is no address: an option of sendmail, a second header.
func (m Mail) check() error {
	if len(m.To) == 0 {
		return errors.New("a mail needs an address")
	}
	for _, address := range append([]string{m.From}, m.To...) {
		if err := CheckAddress(address); address != "" && err != nil {
			return err
		}
	}
	return nil
}

// CheckAddress takes user@host, and a local user's name.
func CheckAddress(text string) error {
	address := text
	if !strings.Contains(text, "@") {
		address += "@localhost"
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || strings.HasPrefix(text, "-") {
		return fmt.Errorf("%q is no address of a mail", text)
	}
	return nil
}
