//go:build linux

package restart

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// TLS connections can't outlive their process, but they end well: no request is
// lost on them, and clients that come back resume their sessions instead of
// starting anew.
func TestTLSClientsComeBackAndResume(t *testing.T) {
	certificate, key := selfSigned(t)
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Write("/etc/gind/cert.pem", certificate)
		m.Write("/etc/gind/key.pem", key)
		m.Run("chgrp gind /etc/gind/key.pem && chmod 0640 /etc/gind/key.pem")
		service.DropIn(m, "gind.service", service.Often)
		service.Configure(m, "listeners:", "  http: {address: ':8080'}",
			"  https: {address: ':8443', certificate: /etc/gind/cert.pem, key: /etc/gind/key.pem}")
		m.Run("systemctl start gind")
		for _, http2 := range []bool{false, true} {
			for _, way := range []string{service.Restart, service.Upgrade} {
				t.Run(fmt.Sprintf("http2=%v, %s", http2, way), func(t *testing.T) {
					askThrough(t, m, secureTransport(m, http2), way)
				})
			}
		}
	})
}

// askThrough asks without a break while a process follows another one.
func askThrough(t *testing.T, m *machine.Machine, transport *http.Transport, way string) {
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	defer transport.CloseIdleConnections()
	first := ask(t, client)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan *tls.ConnectionState)
	go func() {
		last := first
		for ctx.Err() == nil {
			last = ask(t, client)
		}
		done <- last
	}()
	process := service.Property(m, "MainPID")
	m.Run(way)
	m.Await(10*time.Second, "test $(systemctl show --property=MainPID --value gind) != "+process)
	time.Sleep(time.Second) // a process that was upgraded lets go of its connections behind the command
	stop()
	if last := <-done; last == nil || !last.DidResume {
		t.Error("the session was not resumed with the next process")
	}
}

// ask makes one request that has to be answered.
func ask(t *testing.T, client *http.Client) *tls.ConnectionState {
	response, err := client.Get("https://localhost:8443/ok")
	if err != nil {
		t.Error(err)
		return nil
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
	return response.TLS
}

func secureTransport(m *machine.Machine, http2 bool) *http.Transport {
	return &http.Transport{
		ForceAttemptHTTP2: http2,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return m.Dial(ctx, "tcp", "127.0.0.1:8443")
		},
	}
}

// selfSigned is a certificate for localhost and its key, as PEM.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	secretDER, err := x509.MarshalECPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secretDER}))
}
