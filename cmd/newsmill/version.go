package main

import (
	"runtime/debug"
	"strings"
)

// version is the module's version, with the commit when it was built from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := strings.Trim(info.Main.Version, "()")
	commit := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true" && commit != "":
			commit += ", modified"
		}
	}
	if commit != "" && !strings.Contains(v, commit[:12]) {
		v += " (" + commit + ")"
	}
	return v
}
