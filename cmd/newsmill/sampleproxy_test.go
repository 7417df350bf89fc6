package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sampleHost is where the examples of the documentation find the sample site.
const sampleHost = "harbour-post.example"

// sampleProxy is a proxy that answers for sampleHost, over HTTP and HTTPS, with the sample site, and for no other host. It returns
// the settings that make programs use it.
func sampleProxy(t *testing.T) (env []string) {
	t.Helper()
	site, err := loadDemoSite("https://" + sampleHost)
	if err != nil {
		t.Fatal(err)
	}
	certificate, authority := sampleCertificate(t)
	pages := site.handler()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		switch {
		case host != sampleHost:
			http.Error(w, "no such host", http.StatusBadGateway)
		case r.Method != http.MethodConnect:
			http.Redirect(w, r, "https://"+sampleHost+r.URL.RequestURI(), http.StatusMovedPermanently)
		default:
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
			serveOver(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}), pages)
		}
	}))
	t.Cleanup(proxy.Close)
	return []string{"HTTP_PROXY=" + proxy.URL, "HTTPS_PROXY=" + proxy.URL, "NO_PROXY=", "SSL_CERT_FILE=" + authority}
}

// serveOver answers the requests of one connection, one after the other.
func serveOver(conn net.Conn, handler http.Handler) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		answer := w.Result()
		answer.ContentLength = int64(w.Body.Len())
		if r.Method == http.MethodHead {
			answer.Body = http.NoBody
		}
		if answer.Write(conn) != nil {
			return
		}
	}
}

// sampleCertificate makes a certificate for sampleHost, and writes it to a file as its own authority.
func sampleCertificate(t *testing.T) (certificate tls.Certificate, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: sampleHost}, DNSNames: []string{sampleHost}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority
}
