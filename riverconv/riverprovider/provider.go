// Package riverprovider lets a collector read River and Alloy configuration itself: --config=river:agent_lb.river.
// It is a confmap provider for the scheme "river".
package riverprovider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/collector/confmap"
	"go.uber.org/zap"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

const scheme = "river"

// provider remembers the last good configuration. The collector shuts its service down before it reads a
// changed configuration, and ends if that cannot be read (reloadConfiguration in otelcol v0.158.0).
type provider struct {
	logger   *zap.Logger
	uri      string // the only one that is read
	lastGood *riverconv.Result
}

// NewFactory returns a factory for a provider that reads URIs of the form
//
//	river:PATH[?dialect=DIALECT][&profile=PROFILE][&target=TARGET]
//
// PATH is a file or a folder, relative to the working directory or absolute. DIALECT is flow or alloy, with a version
// if the defaults of an older release count; without it, the ending of the file name decides. PROFILE is resilient,
// TARGET is upstream or balancer, see riverconv.Options. Examples:
//
//	river:agent_lb.river
//	river:/etc/otelcol-river/config.alloy
//	river:/etc/agent/?dialect=flow@0.40
//	river:config.txt?dialect=alloy@1.9
//	river:agent_lb.river?profile=resilient&target=balancer
//
// Of a path that holds a ?, what follows the last ? is taken for options; end such a URI with another ?.
//
// A collector takes one URI of this scheme. A URI of another scheme beside it replaces whole lists, service::extensions
// among them: such a list has to repeat what the conversion put there.
//
// Warnings of the conversion are logged. An error fails the first Retrieve of a URI with a message that names file,
// line and column; a later Retrieve logs it and returns the last good configuration again.
func NewFactory() confmap.ProviderFactory {
	return confmap.NewProviderFactory(func(set confmap.ProviderSettings) confmap.Provider {
		logger := set.Logger
		if logger == nil {
			logger = zap.NewNop()
		}
		return &provider{logger: logger}
	})
}

// Scheme implements confmap.Provider.
func (*provider) Scheme() string { return scheme }

// Shutdown implements confmap.Provider.
func (*provider) Shutdown(context.Context) error { return nil }

// Retrieve implements confmap.Provider. The file is not watched: SIGHUP makes the collector read it again.
func (p *provider) Retrieve(ctx context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, options, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	if p.uri != "" && p.uri != uri {
		// The pipelines of the two would have the same names, and the collector would keep only the last of each.
		return nil, fmt.Errorf("%q cannot be read beside %q: put the files of one configuration into a folder, "+
			"and pass the folder", uri, p.uri)
	}
	p.uri = uri
	result, diags := convert(path, options)
	for _, d := range diags {
		if d.Severity == diag.Warning {
			p.logger.Warn(message(d), zap.String("code", string(d.Code)))
		}
	}
	if err := errorOf(diags); err != nil {
		if p.lastGood == nil {
			return nil, err
		}
		p.logger.Error("The configuration has errors; the last good one stays in use",
			zap.String("uri", uri), zap.Error(err))
		result = *p.lastGood
	}
	p.lastGood = &result
	return confmap.NewRetrieved(result.Map())
}

func convert(path string, options riverconv.Options) (riverconv.Result, diag.List) {
	sources, diags := riverconv.Read(path, options.Dialect)
	if diags.HasErrors() {
		return riverconv.Result{}, diags
	}
	result, found := riverconv.Convert(sources, options)
	return result, append(diags, found...)
}

// parseURI splits river:PATH?OPTIONS.
func parseURI(uri string) (path string, options riverconv.Options, err error) {
	rest, ok := strings.CutPrefix(uri, scheme+":")
	if !ok {
		return "", options, fmt.Errorf("%q uri is not supported by %q provider", uri, scheme)
	}
	path, query := rest, ""
	if i := strings.LastIndexByte(rest, '?'); i >= 0 {
		path, query = rest[:i], rest[i+1:]
	}
	if path == "" {
		return "", options, fmt.Errorf("%q names no file: write river:PATH", uri)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", options, fmt.Errorf("the options of %q cannot be read: %w", uri, err)
	}
	for name, given := range values {
		field := map[string]*string{
			"dialect": &options.Dialect, "profile": &options.Profile, "target": &options.Target,
		}[name]
		if field == nil || len(given) != 1 {
			return "", options, fmt.Errorf("%q: unknown or repeated option %q: write river:PATH?dialect=flow or =alloy, "+
				"?profile=resilient or ?target=balancer; a path with a ? in it needs another one at its end", uri, name)
		}
		*field = given[0]
	}
	return path, options, nil
}

// errorOf joins the errors among diagnostics, one a line; it is nil if there is none.
func errorOf(diags diag.List) error {
	var errs []error
	for _, d := range diags {
		if d.Severity == diag.Error {
			errs = append(errs, errors.New(message(d)))
		}
	}
	return errors.Join(errs...)
}

// message writes a diagnostic on one line, without the source text: that may hold secrets, and logs travel far.
func message(d diag.Diagnostic) string {
	m := fmt.Sprintf("%s: %s", d.Range, d.Summary)
	if d.Detail != "" {
		m += " (" + d.Detail + ")"
	}
	return m
}
