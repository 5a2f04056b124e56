package otlpwire

// Signal is what a request carries.
type Signal uint8

// The signals of OTLP that can be balanced.
const (
	Traces Signal = iota
	Logs
	Metrics
)

// String is the name of the signal as the collector writes it.
func (s Signal) String() string {
	switch s {
	case Traces:
		return "traces"
	case Logs:
		return "logs"
	default:
		return "metrics"
	}
}

// Part is what of a request goes to one target.
type Part struct {
	Target  int    // as the caller of Split chose it
	Body    []byte // an encoded request of its own
	Records int    // spans, log records or data points in it
}
