package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	for address, kind := range map[string]string{
		"127.0.0.1":              "loopback",
		"127.8.9.10":             "loopback",
		"0.0.0.0":                "reserved",
		"0.1.2.3":                "reserved",
		"10.1.2.3":               "private",
		"172.16.0.1":             "private",
		"172.31.255.255":         "private",
		"192.168.1.1":            "private",
		"100.64.0.1":             "private",
		"100.100.100.200":        "private",
		"169.254.169.254":        "link-local",
		"192.0.0.192":            "reserved",
		"192.0.2.1":              "reserved",
		"198.18.0.1":             "reserved",
		"224.0.0.1":              "multicast",
		"255.255.255.255":        "reserved",
		"::":                     "reserved",
		"::1":                    "loopback",
		"::ffff:127.0.0.1":       "loopback",
		"::ffff:169.254.169.254": "link-local",
		"::127.0.0.1":            "loopback",
		"fe80::1":                "link-local",
		"fe80::1%eth0":           "link-local",
		"fec0::1":                "private",
		"fd00:ec2::254":          "private",
		"ff02::1":                "multicast",
		"64:ff9b::7f00:1":        "loopback",
		"64:ff9b::a9fe:a9fe":     "link-local",
		"64:ff9b:1::808:808":     "translation",
		"2002:7f00:1::":          "loopback",
		"2002:c0a8:101::1":       "private",
		"2001:0:1:2::3":          "translation",
		"2001:db8::1":            "reserved",
		"2600::5efe:a00:1":       "private",
		"2600::200:5efe:7f00:1":  "loopback",
		"168.63.129.16":          "metadata",
		"100.100.100.201":        "private",
		"192.31.196.1":           "reserved",
		"192.175.48.1":           "reserved",
		"192.52.193.1":           "reserved",
		"::ffff:0:127.0.0.1":     "translation",
		"::ffff:0:808:808":       "translation",
		"64:ff9b::a83f:8110":     "metadata",
		"2002:a83f:8110::":       "metadata",
		"2001:2::1":              "translation",
		"2001:20::1":             "translation",
		"100::1":                 "reserved",
		"100:0:0:1::1":           "reserved",
		"2620:4f:8000::1":        "reserved",
		"3fff::1":                "reserved",
		"5f00::1":                "reserved",
		"168.63.129.17":          "",
		"2001:200::1":            "",
		"2001:4860:4860::8888":   "",
		"8.8.8.8":                "",
		"93.184.216.34":          "",
		"172.32.0.1":             "",
		"100.128.0.1":            "",
		"2606:4700::1111":        "",
		"64:ff9b::808:808":       "",
		"2002:808:808::1":        "",
		"2600::5efe:808:808":     "",
	} {
		got := privateKind(netip.MustParseAddr(address).WithZone("").Unmap())
		if got != kind {
			t.Errorf("%s: got %q, want %q", address, got, kind)
		}
	}
}

func TestPrivateHostsAreRefusedByName(t *testing.T) {
	tr := &transport{proxyAddrs: []string{"proxy.example.com:3128"}}
	for address, want := range map[string]bool{ // true: refused
		"http://localhost/":                 true,
		"http://LOCALHOST./":                true,
		"http://a.localhost/":               true,
		"http://printer.local/":             true,
		"http://metadata.google.internal/":  true,
		"http://router.home.arpa/":          true,
		"http://wiki/":                      true,
		"http://2130706433/":                true,
		"http://0x7f.1/":                    true,
		"http://0177.0.0.1/":                true,
		"http://127.1/":                     true,
		"http://[::1]/":                     true,
		"http://[::ffff:7f00:1]:9/":         true,
		"http://127。0。0。1/":                 true,
		"http://proxy.example.com:3128/":    true,
		"http://proxy.example.com/":         false,
		"http://localhost.example.com/":     false,
		"http://internal.example.com/":      false,
		"http://8.8.8.8/":                   false,
		"https://news.example.com:8443/a?b": false,
	} {
		u, err := ParseTarget(address, "")
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := tr.check(u) != nil; got != want {
			t.Errorf("%s: refused %v, want %v", address, got, want)
		}
	}
}

func TestOnlyAddressesThatCanBeAskedForAreParsed(t *testing.T) {
	for raw, want := range map[string]string{
		"HTTP://News.Example.COM:80/a/../b#c": "http://news.example.com/b",
		"https://user:pw@news.example.com/x":  "https://news.example.com/x",
		"//cdn.example.com/x":                 "https://cdn.example.com/x",
		"../up?q=ä":                           "https://base.example/up?q=%C3%A4",
		"":                                    "https://base.example/a/b",
		"http://bücher.example/":              "http://xn--bcher-kva.example/",
		"javascript:alert(1)":                 "",
		"file:///etc/passwd":                  "",
		"data:text/html,x":                    "",
		"mailto:a@b.example":                  "",
		"http://":                             "",
		"http://[::1":                         "",
		"http://%zz/":                         "",
		"https://news.example.com:99999/":     "",
		"http://a b/":                         "",
		"http://x.example/" + strings.Repeat("y", 3000): "",
	} {
		got := ""
		if u, err := ParseTarget(raw, "https://base.example/a/b"); err == nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

// A name may resolve to anything: what counts is the address that is dialled.
func TestDialRefusesPrivateAddresses(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	address := s.Listener.Addr().String()
	d := &dialer{Dialer: net.Dialer{Timeout: time.Second}, setUp: time.Second}
	var private *privateAddressError
	if _, err := d.DialContext(context.Background(), "tcp", address); !errors.As(err, &private) {
		t.Errorf("dialled %s: %v", address, err)
	}
	for name, d := range map[string]*dialer{
		"allowed":   {allowPrivate: true, setUp: time.Second},
		"the proxy": {proxies: []string{address}, setUp: time.Second},
	} {
		c, err := d.DialContext(context.Background(), "tcp", address)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Close()
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"http://2130706433/", "//x", "http://[::ffff:127.0.0.1]/", "https://a.example/%zz?%", "http://127。0。0。1/", "http://user@10.0.0.1:99/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseTarget(raw, "https://base.example/a/b")
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			t.Errorf("%q: %s", raw, u)
		}
		// What is checked is what is asked for: reading the address once more changes nothing.
		again, err := ParseTarget(u.String(), "")
		if err != nil || again.Host != u.Host {
			t.Errorf("%q: %s, then %v (%v)", raw, u, again, err)
		}
	})
}
