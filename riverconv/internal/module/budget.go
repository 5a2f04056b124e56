package module

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
)

// Modules multiply what they hold, so that a short text could stand for a configuration without end.
const (
	maxUses   = 10_000  // of modules, and components in them, all together
	maxDepth  = 50      // of modules within modules, and imports within imports
	maxChain  = 500     // of values that each need the next
	maxValue  = 1 << 20 // the weight of a value that is handed over, or stands in a module
	maxWeight = 1 << 24 // of all of these together

	elementWeight = 16
)

// budget is what the modules of one configuration may still make. Once it is spent, nothing more is made.
type budget struct {
	diags  *diag.List
	uses   int
	weight int
	chain  int
	spent  bool
}

// use counts the use of a module or a component in one. It returns false if that is one too many.
func (b *budget) use(at diag.Range) bool {
	b.uses++
	return b.uses <= maxUses && !b.spent || b.refuse(at,
		"write fewer instances, or convert the parts of the configuration apart",
		"the modules make more than %d components and modules", maxUses)
}

// carry counts a value that a module takes, gives or holds.
func (b *budget) carry(v eval.Value) bool {
	const todo = "hand over less, or write the value where it is needed"
	size := weight(v, maxValue)
	b.weight += size
	switch {
	case size > maxValue:
		return b.refuse(v.Range, todo, "the value is too large for a module")
	case b.weight > maxWeight || b.spent:
		return b.refuse(v.Range, todo, "the values in all modules together are too large")
	}
	return true
}

// enter counts a value whose evaluation needs another one. The caller calls leave behind it.
func (b *budget) enter(at diag.Range) bool {
	b.chain++
	return b.chain <= maxChain && !b.spent || b.refuse(at, "write the value itself in one of the places",
		"more than %d values each need the next", maxChain)
}

func (b *budget) leave() { b.chain-- }

// refuse reports the first thing that is too much, and stops all others.
func (b *budget) refuse(at diag.Range, todo, format string, args ...any) bool {
	if !b.spent {
		b.spent = true
		b.diags.Errorf(at, diag.TooLarge, todo, format, args...)
	}
	return false
}

// weight adds up the elements of a value, the pieces of its texts and their bytes, until they are more than the limit.
func weight(v eval.Value, limit int) int {
	total := elementWeight
	for _, p := range v.Text {
		total += elementWeight + len(p.Literal) + len(p.Env)
	}
	for i := 0; i < len(v.List) && total <= limit; i++ {
		total += weight(v.List[i], limit-total)
	}
	for i := 0; i < len(v.Fields) && total <= limit; i++ {
		total += len(v.Fields[i].Name) + weight(v.Fields[i].Value, limit-total)
	}
	return total
}
