// Package scraper finds, fetches and hands on the pages of news sites: everything that talks to the network.
package scraper
