package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/configs"
)

// addCompletion tells the shells what may follow: the words of flags that take one of a few, and sources wherever
// a flag is called --source or a command's line of usage says SOURCE. Cobra adds the completion command itself.
func (a *app) addCompletion(cmd *cobra.Command) {
	flags := func(f *pflag.Flag) {
		if c, ok := f.Value.(choice); ok {
			check(cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(c.choices, cobra.ShellCompDirectiveNoFileComp)))
		}
		if f.Name == "source" {
			check(cmd.RegisterFlagCompletionFunc(f.Name, a.completeSources))
		}
	}
	cmd.LocalNonPersistentFlags().VisitAll(flags)
	cmd.PersistentFlags().VisitAll(flags)
	if strings.Contains(cmd.Use, "SOURCE") && cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = a.completeSources
	}
	for _, sub := range cmd.Commands() {
		a.addCompletion(sub)
	}
}

// completeSources offers the keys of the configuration and the catalogue with their names, and what is in the database.
func (a *app) completeSources(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	config, err := a.config()
	if err != nil { // completion has nowhere to complain
		config = configs.Default()
	}
	var offers []cobra.Completion
	for _, key := range config.Keys() {
		if !strings.HasPrefix(key, begun) {
			continue
		}
		name := key
		if s, err := config.Resolve(key); err == nil {
			name = s.Name
		}
		offers = append(offers, cobra.CompletionWithDesc(key, name))
	}
	return append(offers, a.storedSources(cmd.Context(), begun, config.Keys())...), cobra.ShellCompDirectiveNoFileComp
}

// storedSources offers the sources of the database that no configuration knows: domains that were crawled by name.
func (a *app) storedSources(ctx context.Context, begun string, known []string) []cobra.Completion {
	db, err := a.reader(ctx)
	if err != nil {
		return nil
	}
	defer db.Close()
	stored, err := db.SourceKeys(ctx)
	if err != nil {
		return nil
	}
	var offers []cobra.Completion
	for _, key := range stored {
		if strings.HasPrefix(key, begun) && !slices.Contains(known, key) {
			offers = append(offers, key)
		}
	}
	return offers
}

// check panics on an error that only a mistake in this program can cause.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
