package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"newsmill/scraper/fetch"
)

func ExampleFetcher_Fetch() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ferry":
			w.Header().Set("Cache-Control", "max-age=60")
			fmt.Fprint(w, "<!doctype html><title>Ferry</title><p>The ferry was late.")
		case "/old":
			http.Redirect(w, r, "/ferry", http.StatusMovedPermanently)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	f, err := fetch.New(fetch.Options{AllowPrivate: true, Contact: "https://archive.example/bot"}) // the server is on this machine
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for _, path := range []string{"/ferry", "/old", "/gone", ":"} {
		switch o := f.Fetch(context.Background(), fetch.Request{URL: server.URL + path}).(type) {
		case fetch.Fetched:
			fmt.Println("fetched", o.Media, len(o.Page.Body), o.Fresh)
		case fetch.NotModified:
			fmt.Println("as it was")
		case fetch.Redirected:
			fmt.Println("redirected", strings.TrimPrefix(o.To, server.URL), o.Permanent)
		case fetch.Refused:
			fmt.Println("refused", o.Class)
		case fetch.Failed:
			fmt.Println("failed", o.Class, o.Message, o.Retryable)
		}
	}
	// Output:
	// fetched text/html 57 1m0s
	// redirected /ferry true
	// failed http_4xx answers 404 not found false
	// refused bad_url
}
