//go:build !linux

package storage

import "errors"

// networkFS returns the name of the network file system that a folder is on. It is only known on Linux.
func networkFS(string) string { return "" }

// freeBytes returns the room that a folder's disk has for us. It is only known on Linux.
func freeBytes(string) (int64, error) { return 0, errors.New("only on Linux") }
