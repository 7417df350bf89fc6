package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

// target is a file that a command writes. Every command writes its files through one, so that none can do harm to a
// database, and none replaces what it did not write.
//
// What is no file but a pipe or a device is written through, a symbolic link is followed, and a file is replaced as a
// whole or not at all.
type target struct {
	app  *app
	name string // as the user gave it; - for standard output
	opt  targetOptions
}

type targetOptions struct {
	force bool // replace whatever file is there
	// wrote reports whether the command itself wrote a file earlier, which it then replaces unasked; nil: it never did.
	wrote func(*os.File) bool
}

// newTarget returns the target of a name, or says why nothing may be written there. Nothing is written yet.
func (a *app) newTarget(name string, opt targetOptions) (*target, error) {
	t := &target{app: a, name: name, opt: opt}
	return t, t.check()
}

// check says why nothing may be written there.
func (t *target) check() error {
	if t.name == "-" {
		return nil // checkStreams did
	}
	if err := t.app.spare(t.name); err != nil {
		return err
	}
	fi, err := os.Stat(t.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkFolder(t.name)
	case err != nil:
		return outputError(t.name, err)
	case fi.IsDir():
		return usageErrorf("%s is a folder: name a file in it", t.name)
	case !fi.Mode().IsRegular() || fi.Size() == 0 || t.opt.force || t.app.isStdout(fi):
		return nil
	}
	file, err := os.Open(t.name)
	if err != nil {
		return fileError(t.name, err)
	}
	defer file.Close()
	if t.opt.wrote == nil || !t.opt.wrote(file) {
		return foreignError(t.name)
	}
	return nil
}

// checkFolder says if the folder of a file that is to be made is not there.
func checkFolder(name string) error {
	if _, err := os.Stat(filepath.Dir(storage.RealPath(name))); err != nil {
		return outputError(name, err)
	}
	return nil
}

// outputError words an error about a file that is to be written: what is not there then is its folder.
func outputError(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fileError(name, err)
	}
	dir := filepath.Dir(name)
	if link, err := os.Readlink(name); err == nil {
		dir = filepath.Dir(link)
	}
	return fmt.Errorf("%s: %w", name, &reworded{fmt.Sprintf("the folder %s does not exist: create it first", dir), err})
}

// foreignError is about a file that a command would have to replace and did not write.
func foreignError(name string) error {
	return &codedError{exitUsage, fmt.Errorf("%s: %w: choose another name, or replace it with --force", name, errForeign)}
}

var errForeign = errors.New("exists, and this command did not write it")

// write makes the file of what fill writes. An error leaves what was there before, but for pipes and devices.
func (t *target) write(fill func(io.Writer) error) error {
	if err := t.check(); err != nil { // much may have happened since
		return err
	}
	fi, err := os.Stat(t.name)
	switch {
	case t.name == "-" || err == nil && t.app.isStdout(fi):
		return buffered(t.app.stdout, fill)
	case err == nil && !fi.Mode().IsRegular():
		return t.writeThrough(fill)
	}
	return t.replace(fill)
}

// writeThrough writes to what is there and no file.
func (t *target) writeThrough(fill func(io.Writer) error) error {
	file, err := os.OpenFile(t.name, os.O_WRONLY, 0)
	if err != nil {
		return outputError(t.name, err)
	}
	err = buffered(file, fill)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return t.explain(err)
}

// replace writes a file beside the one that is meant, which takes its name at the end.
func (t *target) replace(fill func(io.Writer) error) (err error) {
	path := storage.RealPath(t.name)
	file, err := storage.CreateBeside(path)
	if err != nil {
		return outputError(t.name, err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	err = buffered(file, fill)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	return t.explain(err)
}

// explain words an error of the file that was written by the name that the user knows.
func (t *target) explain(err error) error {
	var inFile *fs.PathError
	var inRename *os.LinkError
	if errors.As(err, &inFile) || errors.As(err, &inRename) {
		return outputError(t.name, err)
	}
	return err
}

// writeString makes the file of a text.
func (t *target) writeString(text string) error {
	return t.write(func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func buffered(w io.Writer, fill func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := fill(out); err != nil {
		return err
	}
	return out.Flush()
}

// spare says why a name must not be written to: it is empty, the database, a file of it, or of another one. That holds for files
// that would become one of these, and --force doesn't change it.
func (a *app) spare(name string) error {
	switch {
	case name == "":
		return usageErrorf("the name of what to write is empty: name it")
	case storage.PartOf(a.global.db, name):
		return usageErrorf("%s is the database %s or a file of it: nothing was written: choose another name", name, a.global.db)
	case storage.IsSQLite(name):
		return usageErrorf("%s is a SQLite database or a file of one: nothing was written: choose another name", name)
	}
	return nil
}

// makeFolder makes the folder that a command writes files into, unless it is there.
func (a *app) makeFolder(name string) error {
	if err := a.spare(name); err != nil {
		return err
	}
	err := os.MkdirAll(name, 0o777)
	if errors.Is(err, syscall.ENOTDIR) {
		return usageErrorf("%s is a file, and a folder is wanted: choose another name", name)
	}
	if err != nil {
		return fileError(name, err)
	}
	return nil
}

// checkStreams says whether standard output or error was led into the database (>> news.db): text at the end of it, or over
// its beginning, would damage it.
func (a *app) checkStreams() error {
	for name, stream := range map[string]any{"standard output": a.stdout, "standard error": a.stderr} {
		file, ok := stream.(*os.File)
		if !ok {
			continue
		}
		fi, err := file.Stat()
		if err != nil || !fi.Mode().IsRegular() {
			continue
		}
		path := fmt.Sprintf("/dev/fd/%d", file.Fd())
		if seen, err := os.Stat(path); err != nil || !os.SameFile(fi, seen) {
			continue // a system without such names
		}
		if storage.PartOf(a.global.db, path) || storage.IsSQLite(path) {
			return usageErrorf("%s leads into the database or a file of one: nothing was written: choose another file", name)
		}
	}
	return nil
}

// isStdout reports whether a file is where standard output goes: /dev/stdout, or the file that it was led to.
func (a *app) isStdout(fi os.FileInfo) bool {
	file, ok := a.stdout.(*os.File)
	if !ok {
		return false
	}
	out, err := file.Stat()
	return err == nil && os.SameFile(fi, out)
}

// addForce adds --force for commands that write a file.
func addForce(cmd *cobra.Command, force *bool) {
	cmd.Flags().BoolVar(force, "force", false, "replace a file that this command did not write; never a database")
}

// outputFlags are --output and --force, for commands that print to standard output unless a file is named.
type outputFlags struct {
	name  string
	force bool
}

func (f *outputFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.name, "output", "o", "-", "the `file` to write, as a whole or not at all; - for standard output")
	addForce(cmd, &f.force)
}

// target is the file that the flags name, of which wrote tells an earlier one of the command's own.
func (f *outputFlags) target(a *app, wrote func(*os.File) bool) (*target, error) {
	return a.newTarget(f.name, targetOptions{force: f.force, wrote: wrote})
}

// beginsWith reports whether a file begins with one of a few texts.
func beginsWith(file *os.File, texts ...string) bool {
	for _, text := range texts {
		head := make([]byte, len(text))
		if _, err := file.ReadAt(head, 0); err == nil && string(head) == text {
			return true
		}
	}
	return false
}
