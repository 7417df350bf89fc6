package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"newsmill/scraper/listing"
)

// peakMemory is what the process used at most while f ran, beyond what it used before, in bytes.
func peakMemory(t *testing.T, f func()) int64 {
	t.Helper()
	read := func(key string) int64 {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip("no /proc")
		}
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, key+":"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				return kb << 10
			}
		}
		return 0
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip(err)
	}
	before := read("VmRSS")
	f()
	return read("VmHWM") - before
}

// TestBombsTakeLittleMemory: bodies that unpack to a thousand times their size.
func TestBombsTakeLittleMemory(t *testing.T) {
	zeros := strings.Repeat("<p>0000000000000</p>", 4<<20) // 80 MB
	nested := gzipped(gzipped(zeros))
	small := map[string]string{"gzip": gzipped(zeros), "br": brotlied(zeros), "zstd": zstded(zeros), "gzip, gzip": nested}
	for encoding, body := range small {
		t.Logf("%s: %d bytes, 1 : %d", encoding, len(body), len(zeros)/len(body))
	}
	page := `<?xml version="1.0"?><urlset>`
	urls := gzipped(page + strings.Repeat("<url><loc>http://a.test/x</loc></url>", 3<<20))
	zeros = ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sitemap.xml.gz":
			w.Header().Set("Content-Type", "application/gzip")
			io.WriteString(w, urls)
		case "/robots.txt":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, small["gzip"])
		default:
			w.Header().Set("Content-Encoding", strings.ReplaceAll(r.URL.Query().Get("e"), "_", ", "))
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, small[strings.ReplaceAll(r.URL.Query().Get("e"), "_", ", ")])
		}
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	for _, c := range []struct {
		request Request
		want    Class
	}{
		{Request{URL: s.URL + "/?e=gzip"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=br"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=zstd"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=gzip_gzip"}, ClassTooLarge},
		{Request{URL: s.URL + "/sitemap.xml.gz", Kind: Sitemap, Stream: func(r io.Reader) error {
			_, err := listing.Read(r, "", nil, func(listing.Entry) {})
			return err
		}}, ClassTooLarge},
		{Request{URL: s.URL + "/robots.txt", Kind: Robots}, ""}, // of which the first 512 kB count
	} {
		peak := peakMemory(t, func() {
			if got := classIn(f.Fetch(t.Context(), c.request)); got != c.want {
				t.Errorf("%s: %q, want %q", c.request.URL, got, c.want)
			}
		})
		t.Logf("%s: %d MB", c.request.URL[len(s.URL):], peak>>20)
		if peak > 64<<20 {
			t.Errorf("%s takes %d MB", c.request.URL, peak>>20)
		}
	}
}

// nameServer answers for names by their first label.
func nameServer(t *testing.T) *net.Resolver {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.RecursionAvailable, m.Additionals = true, true, true, nil
			switch name, _, _ := strings.Cut(q.Name.String(), "."); name {
			case "unknown":
				m.RCode = dnsmessage.RCodeNameError
			case "broken":
				m.RCode = dnsmessage.RCodeServerFailure
			case "slow":
				continue
			default:
				if q.Type == dnsmessage.TypeA {
					m.Answers = []dnsmessage.Resource{{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
						Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
					}}
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

// TestNamesThatDoNotResolve: each is told apart, none holds a worker up, and a public name that resolves to a private
// address is refused when it is dialled.
func TestNamesThatDoNotResolve(t *testing.T) {
	r := nameServer(t)
	for name, c := range map[string]struct {
		class Class
		says  string
		wait  bool // the host is left alone for long
	}{
		"unknown.example.org.": {ClassConnect, "can't be resolved", true},
		"broken.example.org.":  {ClassConnect, "can't be resolved", false},
		"slow.example.org.":    {ClassTimeout, "name server", false},
		"rebound.example.org.": {ClassPrivateAddress, "loopback", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newTestFetcher(t, Options{Proxy: ""})
			f.transport.proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
			f.transport.dialer.Resolver = r
			f.timeouts.Resolve = 2 * time.Second
			began := time.Now()
			o := f.Fetch(t.Context(), Request{URL: "http://" + name + "/"})
			took := time.Since(began)
			message := ""
			switch o := o.(type) {
			case Failed:
				message = o.Message
				if (o.RetryAfter > time.Minute) != c.wait {
					t.Errorf("again after %v", o.RetryAfter)
				}
			case Refused:
				message = o.Message
			}
			if classIn(o) != c.class || !strings.Contains(message, c.says) {
				t.Errorf("%s: %s", classIn(o), message)
			}
			if took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	if defaultTimeouts.Resolve > 5*time.Second {
		t.Errorf("a name server may hold a worker for %v", defaultTimeouts.Resolve)
	}
}

// TestCertificatesThatCannotBeTrusted: each failure of TLS has its reason, and nothing is asked without TLS instead.
func TestCertificatesThatCannotBeTrusted(t *testing.T) {
	authority, authorityKey := certificate(t, nil, nil, func(c *x509.Certificate) { c.IsCA = true })
	stranger, strangerKey := certificate(t, nil, nil, func(c *x509.Certificate) { c.IsCA = true })
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newTestFetcher(t, Options{AllowPrivate: true, CAFile: file})
	for name, c := range map[string]struct {
		signer *x509.Certificate
		key    *ecdsa.PrivateKey
		change func(*x509.Certificate)
		reset  bool
		says   string // empty: it is trusted
	}{
		"good":        {authority, authorityKey, nil, false, ""},
		"expired":     {authority, authorityKey, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, false, "expired"},
		"not yet":     {authority, authorityKey, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, false, "not valid yet"},
		"other name":  {authority, authorityKey, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, false, "another name"},
		"self-signed": {nil, nil, nil, false, "nobody we know"},
		"stranger":    {stranger, strangerKey, nil, false, "nobody we know"},
		"reset":       {authority, authorityKey, nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			leaf, key := certificate(t, c.signer, c.key, c.change)
			asked := 0
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; io.WriteString(w, ferry) }))
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
			if c.reset {
				s.TLS.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					_ = h.Conn.(*net.TCPConn).SetLinger(0)
					_ = h.Conn.Close()
					return nil, errors.New("reset")
				}
			}
			s.StartTLS()
			defer s.Close()
			o := f.Fetch(t.Context(), Request{URL: s.URL})
			if c.says == "" && !c.reset {
				if _, ok := o.(Fetched); !ok {
					t.Errorf("%v", o)
				}
				return
			}
			failed, ok := o.(Failed)
			if !ok || failed.Class != ClassTLS && !(c.reset && failed.Class == ClassConnect) || !strings.Contains(failed.Message, c.says) {
				t.Errorf("%T %s: %s", o, classIn(o), failed.Message)
			}
			t.Logf("%s: %s", failed.Class, failed.Message)
			if asked != 0 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// certificate makes one for 127.0.0.1, signed by a signer or by itself.
func certificate(t *testing.T, signer *x509.Certificate, signerKey *ecdsa.PrivateKey, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: t.Name()}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(c)
	}
	if signer == nil {
		signer, signerKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}
