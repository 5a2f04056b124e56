package distribution

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// What a Markdown file holds besides its text: blocks and spans of code, in which nothing is a link; the targets of
// links and of their definitions; headings.
var (
	fencedCode = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	linkTarget = regexp.MustCompile(`\]\(([^()\s]+)\)|(?m:^\[[^\]]+\]: (\S+)$)`)
	heading    = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// TestLinks: what the Markdown files of the repository link to within it is there, headings included.
func TestLinks(t *testing.T) {
	var seen int
	for _, file := range markdownFiles(t) {
		text := inlineCode.ReplaceAllString(fencedCode.ReplaceAllString(readText(t, file), ""), "")
		for _, m := range linkTarget.FindAllStringSubmatch(text, -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") {
				continue
			}
			seen++
			if complaint := brokenLink(t, file, target); complaint != "" {
				t.Errorf("%s links to %s, %s", file, target, complaint)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d links were found", seen)
	}
}

// brokenLink says what is wrong with a link, if anything.
func brokenLink(t *testing.T, file, target string) string {
	t.Helper()
	path, anchor, anchored := strings.Cut(target, "#")
	to := file
	if path != "" {
		to = filepath.Join(filepath.Dir(file), path)
	}
	if _, err := os.Stat(to); err != nil {
		return "which is not there"
	}
	if !anchored {
		return ""
	}
	if filepath.Ext(to) != ".md" {
		return "which has no headings"
	}
	if !anchors(readText(t, to))[anchor] {
		return "which has no such heading"
	}
	return ""
}

// anchors are the names that GitHub gives the headings of a file. A heading that comes again gets another one; we have
// none that is linked to.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fencedCode.ReplaceAllString(text, ""), -1) {
		title := strings.ToLower(linkText.ReplaceAllString(m[1], "$1"))
		names[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return r
			default:
				return -1
			}
		}, title)] = true
	}
	return names
}

// markdownFiles are those of the repository, without what was built or belongs to git.
func markdownFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path == ".git" || path == "bin" || path == "dist") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
