package main

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// serveSite is "serve DIR": serves a folder of the script over HTTP on loopback until the script ends, and sets
// $SITE to its address. $SITE is replaced in what is served, too. A file "page.html.status" holds the status to answer
// with instead of 200, a file "page.html.location" the address to redirect to. "requests PATH N" then checks how often a path was asked for.
func serveSite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve DIR")
	}
	site := &localSite{dir: ts.MkAbs(args[0]), asked: map[string]int{}}
	server := httptest.NewUnstartedServer(site)
	site.address = "http://" + server.Listener.Addr().String()
	server.Start()
	ts.Defer(server.Close)
	ts.Setenv("SITE", server.URL)
	ts.Setenv("SITEHOST", strings.TrimPrefix(server.URL, "http://"))
	sites.Store(ts.Getenv("WORK"), site)
	ts.Defer(func() { sites.Delete(ts.Getenv("WORK")) })
}

// checkRequests is "requests PATH N".
func checkRequests(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: requests PATH N")
	}
	v, ok := sites.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("requests: nothing is served")
	}
	site := v.(*localSite)
	site.mu.Lock()
	defer site.mu.Unlock()
	if got := strconv.Itoa(site.asked[args[0]]); (got == args[1]) == neg {
		ts.Fatalf("%s was asked for %s times, want %s; all: %v", args[0], got, args[1], site.asked)
	}
}

// sites are the sites of the scripts that run, by their folder.
var sites sync.Map

type localSite struct {
	dir, address string
	mu           sync.Mutex
	asked        map[string]int
}

func (s *localSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	name := path.Clean("/" + r.URL.Path)
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	if status, err := os.ReadFile(file + ".status"); err == nil {
		code, err := strconv.Atoi(strings.TrimSpace(string(status)))
		if err != nil {
			code = http.StatusInternalServerError
		}
		w.WriteHeader(code)
		return
	}
	if to, err := os.ReadFile(file + ".location"); err == nil {
		w.Header().Set("Location", strings.ReplaceAll(strings.TrimSpace(string(to)), "$SITE", s.address))
		w.WriteHeader(http.StatusFound)
		return
	}
	body, err := os.ReadFile(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "text/html; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write([]byte(strings.ReplaceAll(string(body), "$SITE", s.address)))
}
