package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/configs"
)

// takes says how many arguments a command takes, and names what they are for the message to whoever gives others.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("%s needs %s", cmd.Name(), what)
		case most == 0 && len(args) > 0:
			return fmt.Errorf("%s takes no arguments, and got %q", cmd.Name(), args[0])
		case len(args) > most:
			return fmt.Errorf("%s takes %s, and got %d arguments", cmd.Name(), what, len(args))
		}
		return nil
	}
}

// many is the most for takes where there is no end.
const many = 1 << 30

// flagError words cobra's errors about flags: which flag, what was wrong with it, what may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		return fmt.Errorf("unknown flag --%s%s", unknown.GetSpecifiedName(), didYouMean("--", unknown.GetSpecifiedName(), names))
	case errors.As(err, &unknown):
		return fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &invalid):
		near := ""
		if c, ok := invalid.GetFlag().Value.(choice); ok {
			near = didYouMean("", invalid.GetValue(), c.choices)
		}
		why := invalid.Unwrap().Error()
		switch {
		case strings.Contains(why, "strconv."):
			why = "write a number"
		case strings.HasPrefix(why, "time: "):
			why = "write a length of time such as 500ms, 2s or 1m"
		}
		return fmt.Errorf("--%s %s: %s%s", invalid.GetFlag().Name, invalid.GetValue(), why, near)
	}
	return err
}

// didYouMean is a suggestion to append to a message; "" if nothing known is near.
func didYouMean(prefix, s string, known []string) string {
	if near := configs.Nearest(s, known); near != "" {
		return fmt.Sprintf(": did you mean %s%s?", prefix, near)
	}
	return ""
}

// quoteArgs writes arguments as a shell would read them.
func quoteArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if strings.ContainsAny(arg, " *?'\"$&|;()<>") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
