package main

import (
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Where the project lives, and what the image is called there.
const (
	project    = "https://github.com/otelcol-river/otelcol-river"
	repository = "ghcr.io/otelcol-river/otelcol-river"
)

// garbage is how much garbage may lie in memory, as in packaging/otelcol-river.env.
const garbage = "120"

// containerConfig is how a container starts. Arguments of "docker run" take the place of the default configuration; the
// volume keeps the queue of the profile resilient writable where the root file system is not.
func containerConfig(labels map[string]string) v1.Config {
	return v1.Config{
		User:         fmt.Sprintf("%d:%[1]d", user),
		Entrypoint:   []string{"/" + binFolder + collector},
		Cmd:          []string{"--config=river:/" + configPath},
		Env:          []string{"PATH=/usr/bin", "ZONEINFO=/" + zonesPath, "GOGC=" + garbage},
		WorkingDir:   "/",
		ExposedPorts: map[string]struct{}{"4317/tcp": {}, "4318/tcp": {}},
		Volumes:      map[string]struct{}{"/" + queueFolder: {}},
		Labels:       labels,
	}
}

// labels say what the image is, by the names that OCI gives them: labels of the images, annotations of the index.
func labels(r release) map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title": "otelcol-river",
		prefix + "description": "OpenTelemetry Collector for the load-balanced tail-sampling tier, configured in YAML or " +
			"River, with riverconv, which converts River",
		prefix + "source":        project,
		prefix + "url":           project,
		prefix + "documentation": project + "/tree/" + r.commit + "/docs",
		prefix + "version":       r.version,
		prefix + "revision":      r.commit,
		prefix + "created":       r.date.Format(time.RFC3339),
		prefix + "licenses":      "Apache-2.0",
		prefix + "vendor":        "otelcol-river",
	}
}
