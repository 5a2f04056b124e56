package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Profiled is the build of our collector that can be asked for profiles.
const Profiled = harness.River + "-profile"

// Profile is the CPU profile of our collector under the load of a cell, over a whole number of seconds: what pprof and
// the compiler read.
func Profile(ctx context.Context, c cells.Cell, length time.Duration) (profile []byte, err error) {
	s, err := newSite(c, Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := s.start(ctx, Profiled)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name(), err)
	}
	defer func() { err = errors.Join(err, p.end(err)) }()
	if err := p.send(ctx, s.load.WarmUp); err != nil {
		return nil, err
	}

	done := make(chan error, 1)
	go func() {
		var err error
		profile, err = p.ask(ctx, length)
		done <- err
	}()
	// The same traces come again and again. A sampler knows them and decides anew, which costs what new ones cost.
	for {
		select {
		case err := <-done:
			return profile, err
		default:
			if err := p.send(ctx, s.load.Measured); err != nil {
				return nil, errors.Join(err, <-done)
			}
		}
	}
}

// profiles is the port at which a process that is profiled is asked.
const profiles = ":6060"

// ask returns the profile of the time from now on.
func (p *process) ask(ctx context.Context, length time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, length+patience, errors.New("there is no profile"))
	defer cancel()
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", p.host+profiles, int(length.Seconds()))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}
