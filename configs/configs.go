// Package configs reads newsmill's configuration and holds the built-in catalogue of sources.
package configs
