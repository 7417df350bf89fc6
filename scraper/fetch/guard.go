package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"newsmill/cleaner/article"
)

// The guard keeps pages, feeds and redirects from making us ask machines that only we can reach: it looks at the
// address before anything is asked, and again, where there is no proxy, at the resolved IP address just before the
// connection is made (a name may resolve to anything, and to something else the next time).

// privateAddressError is a refusal of the guard.
type privateAddressError struct {
	host string
	kind string // "loopback", "private", …
}

func (e *privateAddressError) Error() string {
	return fmt.Sprintf("%s is a %s address: nothing was asked; use --allow-private if that is meant", e.host, e.kind)
}

// badURLError is an address that can't be asked for.
type badURLError struct{ why string }

func (e *badURLError) Error() string { return e.why }

// ParseTarget reads an address, relative to base if that is not empty, and returns it in the form in which it is
// asked for: no fragment, no credentials.
func ParseTarget(raw, base string) (*url.URL, error) {
	if len(raw) > article.MaxFetchedURLBytes {
		return nil, &badURLError{fmt.Sprintf("the address is %d bytes long, more than %d", len(raw), article.MaxFetchedURLBytes)}
	}
	var from *url.URL
	if base != "" {
		from, _ = url.Parse(base) // of one that was asked for
		raw = cmp.Or(raw, base)
	}
	found, err := article.ResolveURL(from, raw)
	if err != nil {
		if m := foreignScheme.FindStringSubmatch(strings.TrimSpace(raw)); m != nil && !strings.HasPrefix(strings.ToLower(m[1]), "http") {
			return nil, &badURLError{fmt.Sprintf("%s: only http and https are fetched, not %s", Printable(raw), strings.ToLower(m[1]))}
		}
		return nil, &badURLError{"not an address: " + Printable(raw)}
	}
	path, query, hasQuery := strings.Cut(found, "?")
	if path = unparsable.Replace(path); hasQuery {
		path += "?" + query
	}
	u, err := url.Parse(path)
	if err != nil || u.Host == "" {
		return nil, &badURLError{"not an address: " + Printable(raw)}
	}
	return u, nil
}

var foreignScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// unparsable are the characters that browsers leave in a path and for which net/url would spell all of the path anew, "%2F" as
// "/" too.
var unparsable = strings.NewReplacer("|", "%7C", "^", "%5E")

// Printable is s for a message: of bearable length, quoted if it has odd characters.
func Printable(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	if q := fmt.Sprintf("%q", s); len(q) != len(s)+2 {
		return q
	}
	return s
}

// privateNames are endings of names that no public server has: RFC 6761 and 6762, RFC 8375, ICANN's .internal, and
// what home and office routers make up.
var privateNames = []string{"localhost", "localdomain", "local", "internal", "intranet", "home.arpa", "home", "corp", "lan"}

// checkHost refuses a host that is private by its name or its literal address.
func checkHost(host string) error {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return checkAddr(a)
	}
	if !strings.Contains(host, ".") && host != "localhost" {
		return &privateAddressError{host, "local (no dot in its name)"}
	}
	for _, n := range privateNames {
		if host == n || strings.HasSuffix(host, "."+n) {
			return &privateAddressError{host, "local"}
		}
	}
	return nil
}

// nets are address blocks that are not the public internet, after IANA's special-purpose registries. What netip
// itself knows (loopback, private, link-local, multicast) is not repeated.
var nets = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "reserved"},          // "this network": Linux takes 0.0.0.0 for loopback
	{netip.MustParsePrefix("100.64.0.0/10"), "private"},       // carrier NAT; cloud metadata at Alibaba
	{netip.MustParsePrefix("168.63.129.16/32"), "metadata"},   // Azure's wire server, outside all private blocks
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},       // protocol assignments; Oracle's metadata
	{netip.MustParsePrefix("192.0.2.0/24"), "reserved"},       // documentation
	{netip.MustParsePrefix("192.31.196.0/24"), "reserved"},    // AS112: servers of the local network for reverse names
	{netip.MustParsePrefix("192.52.193.0/24"), "reserved"},    // AMT: the nearest multicast relay
	{netip.MustParsePrefix("192.88.99.0/24"), "reserved"},     // 6to4 relays, withdrawn
	{netip.MustParsePrefix("192.175.48.0/24"), "reserved"},    // AS112
	{netip.MustParsePrefix("198.18.0.0/15"), "reserved"},      // benchmarks
	{netip.MustParsePrefix("198.51.100.0/24"), "reserved"},    // documentation
	{netip.MustParsePrefix("203.0.113.0/24"), "reserved"},     // documentation
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},        // and 255.255.255.255
	{netip.MustParsePrefix("64:ff9b:1::/48"), "translation"},  // NAT64 of a local network, RFC 8215
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "translation"}, // SIIT, RFC 2765: IPv4 inside a network, whatever it holds
	{netip.MustParsePrefix("100::/64"), "reserved"},           // discard
	{netip.MustParsePrefix("100:0:0:1::/64"), "reserved"},     // dummy prefix, RFC 9780
	{netip.MustParsePrefix("2001::/23"), "translation"},       // protocol assignments: Teredo with its obscured address, ORCHID, benchmarks, AMT, AS112
	{netip.MustParsePrefix("2001:db8::/32"), "reserved"},      // documentation
	{netip.MustParsePrefix("2620:4f:8000::/48"), "reserved"},  // AS112
	{netip.MustParsePrefix("3fff::/20"), "reserved"},          // documentation
	{netip.MustParsePrefix("5f00::/16"), "reserved"},          // segment routing
	{netip.MustParsePrefix("fec0::/10"), "private"},           // site-local, withdrawn
}

// embedded says where an IPv6 address of a translation prefix holds an IPv4 one.
var embedded = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, // NAT64, RFC 6052
	{netip.MustParsePrefix("2002::/16"), 2},     // 6to4, RFC 3056
	{netip.MustParsePrefix("::/96"), 12},        // "IPv4-compatible", withdrawn
}

// checkAddr refuses an address that is not of the public internet.
func checkAddr(a netip.Addr) error {
	if kind := privateKind(a.WithZone("").Unmap()); kind != "" {
		return &privateAddressError{a.String(), kind}
	}
	return nil
}

func privateKind(a netip.Addr) string {
	switch {
	case a.IsUnspecified():
		return "reserved"
	case a.IsLoopback():
		return "loopback"
	case a.IsPrivate():
		return "private"
	case a.IsLinkLocalUnicast():
		return "link-local" // 169.254.169.254 is the metadata service of most clouds
	case a.IsMulticast():
		return "multicast"
	}
	for _, n := range nets {
		if n.prefix.Contains(a) {
			return n.kind
		}
	}
	b := a.As16()
	for _, e := range embedded {
		if e.prefix.Contains(a) {
			return privateKind(netip.AddrFrom4([4]byte(b[e.at : e.at+4])))
		}
	}
	if a.Is6() && b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe { // ISATAP, RFC 5214: …:0:5efe:a.b.c.d
		return privateKind(netip.AddrFrom4([4]byte(b[12:16])))
	}
	return ""
}

// dialer connects to public addresses, and to the proxy that the user named wherever that is.
type dialer struct {
	net.Dialer
	allowPrivate bool
	proxies      []string // host:port of the configured proxies
	setUp        time.Duration
}

// DialContext connects. The connection has a deadline until a request takes it: net/http lets a CONNECT go on for a
// minute, and a SOCKS greeting for ever, even when the request that wanted it is long gone.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	nd := d.Dialer
	if !d.allowPrivate && !slices.Contains(d.proxies, addr) {
		nd.ControlContext = refusePrivate
	}
	c, err := nd.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(d.setUp)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// refusePrivate runs between resolution and connection, for each address that is tried.
func refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return &privateAddressError{address, "unreadable"}
	}
	return checkAddr(a.Addr())
}
