package diag

// Code names a kind of diagnostic. Codes are stable: people search for them and scripts match them.
type Code string

// The codes, in the order in which a conversion can meet them.
const (
	// NoInput: there is nothing to convert, or it cannot be read.
	NoInput Code = "no-input"
	// AssumedDialect: neither the file name nor an option says which dialect the file is written in.
	AssumedDialect Code = "assumed-dialect"
	// Syntax: the text does not follow the grammar.
	Syntax Code = "syntax"
	// BadExpression: an expression cannot be evaluated.
	BadExpression Code = "bad-expression"
	// TooLarge: modules make more than the converter takes.
	TooLarge Code = "too-large"
	// FixedValue: something that River reads at run time had to be evaluated during conversion.
	FixedValue Code = "fixed-value"
	// ExpandedAgain: the collector expands a value taken from the environment once more, River does not.
	ExpandedAgain Code = "expanded-again"
	// PlainSecret: a password, key or token stands in the file itself.
	PlainSecret Code = "plain-secret"
	// UnknownComponent: no such component exists in either dialect.
	UnknownComponent Code = "unknown-component"
	// UnsupportedComponent: the component is known, but not converted.
	UnsupportedComponent Code = "unsupported-component"
	// ForeignComponent: the component belongs to another part of River than otelcol.
	ForeignComponent Code = "foreign-component"
	// BadLabel: a label is missing, or stands where none belongs.
	BadLabel Code = "bad-label"
	// Duplicate: a name is taken, or a block or argument is given twice.
	Duplicate Code = "duplicate"
	// UnknownBlock: the enclosing block has no such block.
	UnknownBlock Code = "unknown-block"
	// UnknownArgument: the enclosing block has no such argument.
	UnknownArgument Code = "unknown-argument"
	// OtherDialect: the argument, block, component or function exists only in another dialect or version.
	OtherDialect Code = "other-dialect"
	// MissingArgument: a required argument or block is absent.
	MissingArgument Code = "missing-argument"
	// WrongType: a value has another type than its argument.
	WrongType Code = "wrong-type"
	// InvalidValue: a value has the right type, but is not one that the argument takes.
	InvalidValue Code = "invalid-value"
	// NoCounterpart: the collector has nothing like it, or understands it differently; the setting was left out.
	NoCounterpart Code = "no-counterpart"
	// ChangedBehavior: converted, but the collector behaves differently from River here.
	ChangedBehavior Code = "changed-behavior"
	// DocsDiffer: River's documentation and its code disagree; the documentation was followed.
	DocsDiffer Code = "docs-differ"
	// PrecedenceApplied: settings that exclude each other were given together; the documented one was taken.
	PrecedenceApplied Code = "precedence-applied"
	// ReadsOtherUnit: the collector reads the variable in another unit or form than River.
	ReadsOtherUnit Code = "reads-other-unit"
	// NeedsPermission: the collector needs a permission that River did not.
	NeedsPermission Code = "needs-permission"
	// OtherDistribution: the result needs a component that is not in the distribution otelcol-river.
	OtherDistribution Code = "other-distribution"
	// UnknownReference: an expression refers to something that does not exist.
	UnknownReference Code = "unknown-reference"
	// WrongReference: an expression refers to something of another kind than what belongs there.
	WrongReference Code = "wrong-reference"
	// Cycle: components feed each other in a circle.
	Cycle Code = "cycle"
	// SignalNotSupported: a component is sent a signal that it does not accept.
	SignalNotSupported Code = "signal-not-supported"
	// RepeatedConsumer: an output list names one consumer twice.
	RepeatedConsumer Code = "repeated-consumer"
	// NotFed: nothing sends to the component.
	NotFed Code = "not-fed"
	// GoesNowhere: the component sends to nobody.
	GoesNowhere Code = "goes-nowhere"
	// NotUsed: nothing refers to the component.
	NotUsed Code = "not-used"
	// NoPipeline: no path leads from a receiver to an exporter.
	NoPipeline Code = "no-pipeline"
	// CollectorRejects: the collector's own validation rejects the result.
	CollectorRejects Code = "collector-rejects"
)

// Codes returns all codes.
func Codes() []Code {
	return []Code{
		NoInput, AssumedDialect, Syntax, BadExpression, TooLarge, FixedValue, ExpandedAgain, PlainSecret,
		UnknownComponent, UnsupportedComponent, ForeignComponent, BadLabel, Duplicate, UnknownBlock, UnknownArgument,
		OtherDialect, MissingArgument, WrongType, InvalidValue, NoCounterpart, ChangedBehavior, DocsDiffer, PrecedenceApplied,
		ReadsOtherUnit, NeedsPermission, OtherDistribution, UnknownReference, WrongReference, Cycle,
		SignalNotSupported, RepeatedConsumer, NotFed, GoesNowhere, NotUsed, NoPipeline, CollectorRejects,
	}
}
