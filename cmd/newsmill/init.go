package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"newsmill/configs"
)

func newInitCmd(a *app) *cobra.Command {
	var schema bool
	cmd := &cobra.Command{
		Use:   "init [SOURCE|URL ...]",
		Short: "Write a configuration to begin with",
		Long: `Init writes newsmill.yaml (or the file that --config names) with a comment on every key, crawling the sources
given. It never overwrites a file.

With --schema it prints the JSON Schema of the configuration instead: editors take it for completion and checks.`,
		Example: `  newsmill init
  newsmill init bbc-news der-standard example.org
  newsmill init --config /etc/newsmill.yaml cgtn
  newsmill init --schema > newsmill.schema.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if schema {
				_, err := a.stdout.Write(configs.Schema())
				return err
			}
			return a.writeConfig(args)
		},
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the configuration")
	return cmd
}

func (a *app) writeConfig(args []string) error {
	var sources []configs.Source
	for _, arg := range args {
		s, err := configs.Default().Resolve(arg)
		if err != nil {
			return &codedError{exitUsage, err}
		}
		sources = append(sources, s)
	}
	name := cmp.Or(a.global.config, "newsmill.yaml")
	if err := a.spare(name); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return usageErrorf("%s exists and is left as it is: remove it first, or write another with --config", name)
	}
	if err != nil {
		return outputError(name, err)
	}
	_, err = file.WriteString(configs.Template(sources))
	if err := errors.Join(err, file.Close()); err != nil {
		return outputError(name, err)
	}
	if !a.global.quiet {
		fmt.Fprintf(a.stdout, "%s written: edit it, then run `newsmill crawl`\n", name)
	}
	return nil
}
