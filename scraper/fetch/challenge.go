package fetch

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
)

// A challenge is a page that asks for a browser or a person in place of the one that was asked for. We don't pass
// it, we only must not take it for an article, nor for a page that is gone.

// challengeHeaders are headers by which a service says that it challenges.
var challengeHeaders = []struct{ name, value, who string }{
	{"Cf-Mitigated", "challenge", "Cloudflare"},
	{"X-Amzn-Waf-Action", "challenge", "AWS WAF"},
	{"X-Amzn-Waf-Action", "captcha", "AWS WAF"},
	{"X-Datadome", "protected", "DataDome"}, // sent with articles, too: counts on refusals alone
	{"X-Vercel-Mitigated", "challenge", "Vercel"},
	{"X-Px-Authorization", "", "HUMAN"},
	{"X-Sucuri-Block", "", "Sucuri"},
}

// challengeMarkup is what only the pages of these services hold. Articles may load their scripts for a comment form,
// so a page of status 200 must also have next to no text.
var challengeMarkup = []struct{ mark, who string }{
	{"/cdn-cgi/challenge-platform/", "Cloudflare"},
	{"cf-challenge-running", "Cloudflare"},
	{"challenges.cloudflare.com/turnstile", "Cloudflare"},
	{"captcha-delivery.com", "DataDome"},
	{"px-captcha", "HUMAN"},
	{"_incapsula_resource", "Imperva"},
	{"sucuri_cloudproxy_js", "Sucuri"},
	{"ddos-guard/js-challenge", "DDoS-Guard"},
	{"anubis_challenge", "Anubis"},
	{"awswafintegration", "AWS WAF"},
	{"awswafcaptcha", "AWS WAF"},
	{"geo.captcha", "captcha"},
	{"g-recaptcha", "reCAPTCHA"},
	{"h-captcha", "hCaptcha"},
	{"/_guard/html.js", "a guard"},
	{"kasada", "Kasada"},
	{"ak_bmsc_challenge", "Akamai"},
	{"friendlycaptcha", "Friendly Captcha"},
}

// challengePhrases are headings of such pages, matched against a page of little text, lower case.
var challengePhrases = regexp.MustCompile(`are you (?:a|not a) (?:robot|human)\?|(?:verify|confirm|prove|make sure) (?:that )?you(?:'| a)re (?:not a (?:ro)?bot|(?:a )?human)|` +
	`verifying you are human|checking (?:your browser|if the site connection is secure)|enable javascript and cookies to continue|` +
	`just a moment\.\.\.|attention required! \| cloudflare|unusual traffic from your (?:computer )?network|` +
	`making sure you're not a bot|please complete the security check|pardon our interruption|access to this page has been denied because|` +
	`bitte bestätigen sie, dass sie kein roboter sind|vérifiez que vous n'êtes pas un robot|no soy un robot`)

// challengeText is the most text, in bytes, that a challenge has. Pages captured from a dozen services have under
// 700; the shortest news briefs have that much too, but not these phrases.
const challengeText = 1500

// challenge names the service whose challenge this is; empty: none.
func challenge(status int, h http.Header, head []byte) string {
	refused := isChallengeStatus(status)
	for _, c := range challengeHeaders {
		v := h.Get(c.name)
		if v == "" || c.value != "" && !strings.EqualFold(v, c.value) {
			continue
		}
		if refused || c.name == "Cf-Mitigated" || c.name == "X-Amzn-Waf-Action" || c.name == "X-Vercel-Mitigated" {
			return c.who
		}
	}
	if status/100 != 2 && !refused || len(head) == 0 || len(head) > headBytes {
		return ""
	}
	text, short := visibleText(head, challengeText)
	if !short {
		return ""
	}
	lower := bytes.ToLower(head)
	for _, c := range challengeMarkup {
		if bytes.Contains(lower, []byte(c.mark)) {
			return c.who
		}
	}
	if challengePhrases.Match(text) {
		return "the site"
	}
	return ""
}

// isChallengeStatus says whether challenges come with such a status.
func isChallengeStatus(status int) bool {
	switch status {
	case 202, 401, 403, 405, 429, 503:
		return true
	}
	return false
}

// visibleText is about what a page shows, title and noscript included, in lower case with white space folded; short:
// it is at most so many bytes. This is no parse, and stops where there is too much: nearly all pages end it early.
func visibleText(b []byte, most int) (text []byte, short bool) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '<':
			n := hidden(b[i:])
			if n == 0 {
				return text, true // a tag or script that doesn't end
			}
			i += n - 1
			c = ' '
			fallthrough
		case c <= ' ':
			if len(text) > 0 && text[len(text)-1] != ' ' {
				text = append(text, ' ')
			}
		default:
			if text = append(text, c|lowerBit(c)); len(text) > most {
				return nil, false
			}
		}
	}
	text = bytes.ReplaceAll(text, []byte("&#39;"), []byte("'"))
	return bytes.ReplaceAll(text, []byte("’"), []byte("'")), true
}

func lowerBit(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return 0x20
	}
	return 0
}

// hidden is the length of the tag, comment, script or style that b begins with; 0: it has no end.
func hidden(b []byte) int {
	end := []byte(">")
	for _, e := range []struct{ open, close string }{{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}, {"<template", "</template>"}} {
		if len(b) >= len(e.open) && bytes.EqualFold(b[:len(e.open)], []byte(e.open)) {
			end = []byte(e.close)
			break
		}
	}
	i := bytes.Index(b, end)
	if i < 0 {
		i = bytes.Index(b, bytes.ToUpper(end))
	}
	if i < 0 {
		return 0
	}
	return i + len(end)
}
