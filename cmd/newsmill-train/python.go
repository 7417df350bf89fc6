package main

import (
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// scripts are the trainers in Python. They import from one another.
//
//go:embed *.py
var scripts embed.FS

// fit runs a trainer over the features in opt.work, and copies the model of all pages to out, unless that is empty.
func fit(opt options, script, model, out string) error {
	if err := writeScripts(opt); err != nil {
		return err
	}
	if err := python(os.Stderr, filepath.Join(opt.work, script), opt.corpus, opt.work, "--threads", fmt.Sprint(opt.threads)); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(opt.work, model))
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

func writeScripts(opt options) error {
	entries, err := scripts.ReadDir(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		source, err := scripts.ReadFile(e.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(opt.work, e.Name()), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// python runs a script, and sends what it prints to out.
func python(out io.Writer, script string, args ...string) error {
	cmd := exec.Command("python3", append([]string{script}, args...)...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(script), err)
	}
	return nil
}
