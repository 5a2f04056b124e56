// Package nearest finds the known name that a misspelt one was probably meant to be.
package nearest

import "fmt"

// Name returns the candidate closest to given in edits (insert, delete, replace, swap of neighbours), or "" when none
// is near: at most a third of the name may differ, not counting leading parts, up to a dot, that are equal. Among
// equals the first wins.
func Name(given string, candidates []string) string {
	best, least := "", len(given)+1
	for _, c := range candidates {
		shared := sharedParts(given, c)
		d := distance(given[shared:], c[shared:])
		if d < least && d <= max((len(given)-shared)/3, 1) {
			best, least = c, d
		}
	}
	return best
}

// sharedParts returns the length of the leading parts, each with its dot, in which a and b are equal.
func sharedParts(a, b string) int {
	shared := 0
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if a[i] == '.' {
			shared = i + 1
		}
	}
	return shared
}

// Hint returns a sentence that suggests the nearest candidate, or otherwise when there is none near.
func Hint(given string, candidates []string, otherwise string) string {
	if name := Name(given, candidates); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	return otherwise
}

// distance is the optimal string alignment distance of a and b, in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
