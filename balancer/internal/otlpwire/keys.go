// Package otlpwire takes OTLP requests apart by routing key, on their protobuf bytes: it finds the keys, groups the
// encoded spans, log records and data points by the target that each key belongs to, and writes a request for every
// target. Nothing is decoded that the keys do not need, and what it does not know is kept byte for byte.
package otlpwire

import (
	"fmt"
	"slices"
	"strings"
)

// The routing keys, as load_balancing names them.
const (
	keyTraceID    = "traceID"
	keyService    = "service"
	keyResource   = "resource"
	keyAttributes = "attributes"
	keyMetric     = "metric"
	keyStreamID   = "streamID"
)

// The releases whose keys can be made.
const (
	releaseV158 = "v0.158"
	releaseV152 = "v0.152"
	releaseV112 = "v0.112"
	releaseV87  = "v0.87"
)

// Keys says what the routing keys are made of. The values of RoutingKey are those of load_balancing:
//
//   - traceID, of spans and log records. The key is the 16 bytes of the ID, for both, so that they meet; a span
//     without one has 16 zeros. Log records without one (or with zeros) have a hash of their bytes instead: they are
//     spread evenly, and a request that is sent again is spread as before.
//   - service, of all: the value of the resource's attribute service.name. All resources without one share the empty
//     key.
//   - resource, of all: a hash of the resource's attributes, in whatever order. Of an attribute given twice the first
//     counts.
//   - attributes, of all: "name=value|" of each of Attributes, of the resource, else of the scope, else of the span,
//     log record or data point; "name=|" if it has none. Of the spans of a trace in a scope the first decides for
//     all. span.name and span.kind are the name and kind of a span, log.severity and log.body the severity text and
//     body of a log record. Of values of more than 128 bytes the key has a hash.
//   - metric, of metrics: the name.
//   - streamID, of data points: a hash of all that identifies their stream: resource, scope, metric and attributes.
//
// An empty RoutingKey is traceID for traces and logs, and service for metrics.
//
// Compat names the release of the collector whose load_balancing exporter makes the same keys, byte for byte; empty,
// the keys are as above. What a release allows and takes as its default differs, as do some of its keys:
//
//   - v0.158: logs default to service. traceID of logs is its hexadecimal text. service of spans is the key of
//     attributes with service.name. resource is not possible for spans. Values are not hashed; in keys of logs and
//     metrics those of the resource come first, then those of the scope.
//   - v0.152: as v0.158, but traceID of logs is the 16 bytes, and logs go by it, whatever the key.
//   - v0.112: only traceID and service for traces; no attributes. Logs go by trace ID, whatever the key.
//   - v0.87: as v0.112; resource of metrics is all attributes, and the name of the metric. There is no streamID.
//
// Where the exporters of these releases draw a key at random, for log records without trace ID, the key is the hash.
// Where they fail, for resources without service.name (v0.158: only of metrics), the key is empty. Values are made
// text as v0.158 does.
type Keys struct {
	RoutingKey string
	Attributes []string
	Compat     string
}

// keyer makes the keys of one request at a time. It is told of each resource, scope and metric before what they hold,
// and says whether the key is the same for all of that. Keys are valid until the next call.
type keyer interface {
	resource(b []byte, resource own) (key []byte, settled bool, err error)
	scope(b []byte, scope own) (key []byte, settled bool, err error)
	metric(b []byte, m metric) (key []byte, settled bool, err error)
	record(b []byte, record extent, attributes uint32) (key []byte, err error)
}

// own is a message and the field of it that holds the resource or scope itself. Protobuf merges all of these if there
// are several, so their fields are read one after the other.
type own struct {
	message extent
	number  uint32
}

// possible lists the routing keys of a signal in a release, the default first.
func (k Keys) possible(signal Signal) []string {
	switch {
	case signal == Traces && k.Compat == "":
		return []string{keyTraceID, keyService, keyResource, keyAttributes}
	case signal == Traces && k.recent():
		return []string{keyTraceID, keyService, keyAttributes}
	case signal == Traces:
		return []string{keyTraceID, keyService}
	case signal == Logs && k.Compat == "":
		return []string{keyTraceID, keyService, keyResource, keyAttributes}
	case signal == Logs && k.Compat == releaseV158:
		return []string{keyService, keyTraceID, keyResource, keyAttributes}
	case signal == Logs && k.Compat == releaseV152:
		return []string{keyTraceID, keyService, keyResource, keyAttributes, keyMetric, keyStreamID}
	case signal == Logs && k.Compat == releaseV112:
		return []string{keyTraceID, keyService, keyResource, keyMetric, keyStreamID}
	case signal == Logs:
		return []string{keyTraceID, keyService, keyResource, keyMetric}
	case k.Compat == releaseV112:
		return []string{keyService, keyResource, keyMetric, keyStreamID}
	case k.Compat == releaseV87:
		return []string{keyService, keyResource, keyMetric}
	default:
		return []string{keyService, keyResource, keyAttributes, keyMetric, keyStreamID}
	}
}

// check finds the routing key of a signal.
func (k Keys) check(signal Signal) (string, error) {
	releases := []string{releaseV158, releaseV152, releaseV112, releaseV87}
	if k.Compat != "" && !slices.Contains(releases, k.Compat) {
		return "", fmt.Errorf("there are no keys of release %q: only of %s", k.Compat, strings.Join(releases, ", "))
	}
	possible := k.possible(signal)
	key := k.RoutingKey
	if key == "" {
		key = possible[0]
	}
	if !slices.Contains(possible, key) {
		of := ""
		if k.Compat != "" {
			of = " in " + k.Compat
		}
		return "", fmt.Errorf("routing key %q is not possible for %s%s: use one of %s",
			key, signal, of, strings.Join(possible, ", "))
	}
	if (key == keyAttributes) != (len(k.Attributes) > 0) {
		return "", fmt.Errorf("routing attributes are for the routing key %q, which needs them; it is %q", keyAttributes, key)
	}
	return key, nil
}

// recent says whether the keys are those of a release that knew attributes.
func (k Keys) recent() bool { return k.Compat == releaseV158 || k.Compat == releaseV152 }

// logsByTrace says whether logs go by trace ID, whatever the key.
func (k Keys) logsByTrace() bool { return k.Compat != "" && k.Compat != releaseV158 }

// byAttributes says whether the attributes of single records can decide.
func (k Keys) byAttributes(signal Signal) bool {
	return k.RoutingKey == keyAttributes || k.serviceAttribute(signal)
}

// serviceAttribute says whether service is an attribute like any other, which spans can have as well.
func (k Keys) serviceAttribute(signal Signal) bool {
	return signal == Traces && k.RoutingKey == keyService && k.recent()
}

// keyer returns what makes the keys, which works on one request at a time.
func (k Keys) keyer(signal Signal) (func() keyer, error) {
	key, err := k.check(signal)
	if err != nil {
		return nil, err
	}
	exact := k.Compat != ""
	switch {
	case signal == Logs && k.logsByTrace():
		return func() keyer { return &traceKeyer{number: logTraceID, spread: true} }, nil
	case k.serviceAttribute(signal):
		return func() keyer { return newAttributeKeyer(signal, []string{serviceName}, exact, false) }, nil
	case key == keyTraceID && signal == Traces:
		return func() keyer { return &traceKeyer{number: spanTraceID} }, nil
	case key == keyTraceID:
		return func() keyer { return &traceKeyer{number: logTraceID, spread: true, text: exact} }, nil
	case key == keyService:
		return func() keyer { return &serviceKeyer{exact: exact} }, nil
	case key == keyAttributes:
		names := slices.Clone(k.Attributes)
		return func() keyer { return newAttributeKeyer(signal, names, exact, exact && signal != Traces) }, nil
	case key == keyMetric:
		return func() keyer { return &nameKeyer{} }, nil
	case key == keyResource && k.Compat == releaseV87:
		return func() keyer { return &nameKeyer{withResource: true} }, nil
	case key == keyResource:
		return func() keyer { return &resourceKeyer{} }, nil
	default:
		return func() keyer { return &streamKeyer{} }, nil
	}
}
