package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// statusClass says what a status other than success means.
func statusClass(status int) (Class, bool, string) {
	name := strings.ToLower(http.StatusText(status))
	message := strings.TrimSpace(fmt.Sprintf("answers %d %s", status, name))
	switch {
	case status == http.StatusTooManyRequests, status == 420: // 420: Twitter's, still met
		return ClassRateLimited, true, message + ": raise delay for this source if it goes on"
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return ClassHTTP4xx, true, message
	case status/100 == 4, status == 999: // 999: LinkedIn's refusal
		return ClassHTTP4xx, false, message
	case status/100 == 3:
		return ClassRedirectRefused, false, message + ", which leads nowhere that can be followed"
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return ClassHTTP5xx, false, message
	}
	return ClassHTTP5xx, true, message
}

// classify says what an error of the transport means.
func classify(ex *exchange, err error) (Class, bool, string) {
	ex.mu.Lock()
	tlsErr := ex.tlsErr
	ex.mu.Unlock()
	var (
		private *privateAddressError
		bad     *badURLError
		slow    *timeoutError
		large   *tooLargeError
		short   *truncatedError
		decode  *decodeError
		kind    *notHTMLError
		stream  *streamError
		proxy   *proxyRefusedError
		dns     *net.DNSError
		network net.Error
	)
	message := bare(err)
	switch {
	case errors.As(err, &private):
		return ClassPrivateAddress, false, private.Error()
	case errors.As(err, &bad):
		return ClassBadURL, false, bad.Error()
	case errors.As(err, &slow):
		return ClassTimeout, true, "too slow: " + slow.Error()
	case errors.As(err, &large):
		return ClassTooLarge, false, large.Error()
	case errors.As(err, &short):
		return ClassTruncated, true, short.Error()
	case errors.As(err, &decode):
		return ClassDecode, false, decode.Error()
	case errors.As(err, &kind):
		return ClassNotHTML, false, kind.Error()
	case errors.As(err, &stream):
		return ClassBadFeed, false, stream.Error()
	case errors.Is(err, context.Canceled):
		return ClassCanceled, true, "the run ended before the answer did"
	case strings.Contains(message, "response headers exceeded"), strings.Contains(message, "response header list larger"):
		return ClassTooLarge, false, "headers of more than 256 kB"
	case errors.As(err, &proxy):
		return ClassConnect, true, proxy.Error()
	case errors.As(err, &dns):
		return ClassConnect, true, fmt.Sprintf("the name %s can't be resolved (%s): check the spelling, or the network", dns.Name, dns.Err)
	case tlsErr != nil && !ex.answered, isTLS(err):
		return tlsClass(cmp.Or(tlsErr, err))
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ClassTimeout, true, "too slow: " + message
	case ex.answered:
		return ClassTruncated, true, message
	case errors.Is(err, io.EOF), errors.Is(err, errLostConnection), errors.Is(err, io.ErrUnexpectedEOF):
		return ClassConnect, true, errLostConnection.Error()
	}
	return ClassConnect, true, strings.Replace(message, "net/http: HTTP/1.x transport connection broken: ", "its answer is no HTTP: ", 1)
}

const (
	deadHost    = 10 * time.Minute // a name that doesn't exist, a closed port: seconds change nothing, a restart may
	untrustedBy = 6 * time.Hour    // a bad certificate: somebody must renew it
)

// deadFor is how long it makes no sense to try again, by what kept a connection from coming about.
func deadFor(err error) time.Duration {
	var (
		dns     *net.DNSError
		proxy   *proxyRefusedError
		trusted *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &proxy):
		return deadHost
	case errors.As(err, &trusted):
		return untrustedBy
	}
	return 0
}

// bare is the message of an error without the "Get "https://…": " that http.Client puts before it.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

func isTLS(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		verify *tls.CertificateVerificationError
		ech    *tls.ECHRejectionError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) || errors.As(err, &ech) ||
		strings.Contains(err.Error(), "remote error: tls:")
}

// tlsClass says what is wrong with a host's TLS.
func tlsClass(err error) (Class, bool, string) {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		network   net.Error
	)
	switch {
	case errors.As(err, &hostname):
		return ClassTLS, true, "its certificate is for another name: " + hostname.Error()
	case errors.As(err, &authority):
		return ClassTLS, true, "its certificate is signed by nobody we know: name the authority with --ca-file if it can be trusted"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ClassTLS, true, "its certificate has expired, or is not valid yet: " + invalid.Detail
	case errors.As(err, &record):
		return ClassTLS, false, "it does not speak TLS on this port"
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ClassTimeout, true, "too slow: TLS handshake"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ClassTLS, true, "it ends the TLS handshake without a word"
	}
	return ClassTLS, false, "the TLS handshake fails: " + bare(err)
}
