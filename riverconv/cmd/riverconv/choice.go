package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// The formats that several commands have.
const (
	textFormat     = "text"
	jsonFormat     = "json"
	markdownFormat = "markdown"
)

// choice is the value of a flag that takes one of a few words. It is checked when the flag is read, and completion
// offers the words.
type choice struct {
	value *string
	words []string
	check func(string) error
}

// String is the value, as package flag wants it; it also asks a choice without one.
func (c *choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Set takes the value from the command line.
func (c *choice) Set(text string) error {
	*c.value = text
	return c.check(text)
}

// declareFormat declares the flag -format. The first format is the default, and all are added to the usage.
func (inv *invocation) declareFormat(value *string, usage string, formats ...string) {
	last := len(formats) - 1
	list := strings.Join(formats[:last], ", ") + " or " + formats[last]
	*value = formats[0]
	inv.flags.Var(&choice{value, formats, func(text string) error {
		if !slices.Contains(formats, text) {
			return errors.New("use " + list)
		}
		return nil
	}}, "format", usage+": "+list)
}

// declareDialect declares the flag -dialect, which is empty unless it is given.
func (inv *invocation) declareDialect(value *string, usage string) {
	inv.flags.Var(&choice{value, riverconv.Dialects(), riverconv.CheckDialect}, "dialect", usage)
}
