package main

import (
	"embed"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// shells are those that have a script. The scripts know nothing of commands and flags: each time, they ask the program
// that is being called.
var shells = []string{"bash", "zsh", "fish"}

//go:embed scripts/riverconv.*
var scripts embed.FS

func prepareCompletion(inv *invocation) (run func() int) {
	return func() int {
		if len(inv.paths) != 1 || !slices.Contains(shells, inv.paths[0]) {
			return inv.badUsage("pass one shell: %s", strings.Join(shells, ", "))
		}
		script, err := scripts.ReadFile("scripts/riverconv." + inv.paths[0])
		if err == nil {
			_, err = inv.stdout.Write(script)
		}
		if err != nil {
			fmt.Fprintln(inv.stderr, "riverconv:", err)
			return exitErrors
		}
		return exitOK
	}
}

// completeName is the command with which the scripts ask. It is theirs alone, so help does not list it.
const completeName = "__complete"

// complete prints what may stand in the place of the last word, the one that is being typed: one a line, with a tab and
// its meaning behind it.
func complete(w io.Writer, words []string) {
	for _, s := range suggestions(words) {
		fmt.Fprintln(w, strings.TrimSuffix(s.word+"\t"+s.meaning, "\t"))
	}
}

// suggestion is a word that may be typed next.
type suggestion struct{ word, meaning string }

// These stand for all files, or all folders, which shells list better.
var (
	files   = []suggestion{{word: ":files"}}
	folders = []suggestion{{word: ":folders"}}
)

// suggestions returns what may stand in the place of the last word.
func suggestions(words []string) []suggestion {
	if len(words) < 2 {
		return startingWith(strings.Join(words, ""), commandNames())
	}
	c, ok := find(words[0])
	if !ok {
		return nil
	}
	flags, typed := c.flags(), words[len(words)-1]
	awaited, operandsOnly := scan(flags, words[1:len(words)-1])
	switch name, value, joined := strings.Cut(typed, "="); {
	case awaited != nil:
		return startingWith(typed, valuesOf(awaited))
	case operandsOnly || !strings.HasPrefix(typed, "-"):
		return startingWith(typed, c.operandWords())
	case !joined:
		return startingWith(typed, flagNames(flags, typed))
	case flags.Lookup(withoutDashes(name)) == nil:
		return nil
	default:
		return behind(name+"=", startingWith(value, valuesOf(flags.Lookup(withoutDashes(name)))))
	}
}

// scan reads the words before the one that is being typed, as a call would. It returns the flag whose value comes next,
// if one is awaited, and whether only operands may follow.
func scan(flags *flag.FlagSet, words []string) (awaited *flag.Flag, operandsOnly bool) {
	for _, word := range words {
		switch {
		case awaited != nil && word == "=": // bash makes three words of -flag=value
		case awaited != nil:
			awaited = nil
		case word == "--":
			return nil, true
		case strings.HasPrefix(word, "-"):
			awaited = flags.Lookup(withoutDashes(word)) // not found if the value is joined to the name
			if awaited != nil && isSwitch(awaited) {
				awaited = nil
			}
		}
	}
	return awaited, false
}

func withoutDashes(word string) string { return strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-") }

// isSwitch reports whether a flag stands without a value.
func isSwitch(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// startingWith keeps the suggestions that what is typed can become. Files and folders the shell picks.
func startingWith(typed string, all []suggestion) (kept []suggestion) {
	for _, s := range all {
		if strings.HasPrefix(s.word, typed) || strings.HasPrefix(s.word, ":") {
			kept = append(kept, s)
		}
	}
	return kept
}

// behind puts the same text in front of all words.
func behind(text string, all []suggestion) (longer []suggestion) {
	for _, s := range all {
		if !strings.HasPrefix(s.word, ":") {
			s.word = text + s.word
		}
		longer = append(longer, s)
	}
	return longer
}

func commandNames() (names []suggestion) {
	for _, c := range commands() {
		names = append(names, suggestion{c.name, c.help})
	}
	return names
}

// flagNames are the flags, with as many dashes as are typed.
func flagNames(flags *flag.FlagSet, typed string) (names []suggestion) {
	dashes := "-"
	if strings.HasPrefix(typed, "--") {
		dashes = "--"
	}
	for _, f := range listed(flags) {
		_, usage := flag.UnquoteUsage(f)
		names = append(names, suggestion{dashes + f.Name, usage})
	}
	return names
}

// valuesOf are the values of a flag, as its kind and the name of its value in the usage tell.
func valuesOf(f *flag.Flag) []suggestion {
	if c, ok := f.Value.(*choice); ok {
		return wordsOnly(c.words)
	}
	switch name, _ := flag.UnquoteUsage(f); name {
	case "FILE":
		return files
	case "FOLDER":
		return folders
	default:
		return nil
	}
}

func wordsOnly(words []string) (all []suggestion) {
	for _, word := range words {
		all = append(all, suggestion{word: word})
	}
	return all
}

// operandWords are what may stand for an operand.
func (c command) operandWords() []suggestion {
	if c.words == nil {
		return files
	}
	return c.words()
}

func shellNames() []suggestion { return wordsOnly(shells) }

func noWords() []suggestion { return nil }

func componentNames() (names []suggestion) {
	for _, c := range riverconv.Components() {
		names = append(names, suggestion{c.Name, becomes(c)})
	}
	return names
}
