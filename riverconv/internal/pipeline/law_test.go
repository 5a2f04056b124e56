package pipeline_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/pipeline"
)

// TestLaw: in random graphs, each processor that takes part stands in exactly one pipeline per signal, each path from a
// receiver to an exporter exists exactly once, each pipeline has a receiver and an exporter, and names are unique.
func TestLaw(t *testing.T) {
	withForward := 0
	for seed := range uint64(3000) {
		instances := randomInstances(rand.New(rand.NewPCG(seed, 1)))
		var diags diag.List
		g := graph.Build(component.Loaded{Instances: instances}, &diags)
		ids := map[*graph.Node]*otelcfg.ID{}
		for _, n := range g.Nodes {
			ids[n] = &otelcfg.ID{Type: n.Type, Name: n.Label}
		}
		one := func(n *graph.Node, _ component.Signal) []*otelcfg.ID { return []*otelcfg.ID{ids[n]} }
		pipelines, forwards := pipeline.Build(g, one)
		withForward += len(forwards)
		checkShape(t, seed, pipelines)
		checkForwards(t, seed, pipelines)
		for _, s := range component.Signals {
			want := riverPaths(instances, s)
			got := pipelinePaths(pipelines, s)
			if !slices.Equal(want, got) {
				t.Fatalf("seed %d, %s:\nRiver has the paths %q\npipelines have   %q", seed, s, want, got)
			}
		}
	}
	if withForward == 0 {
		t.Error("no graph needed a forward connector; the law was not tested where it is hard")
	}
}

// randomInstances makes up to 3 receivers, 6 processors and 3 exporters. Outputs lead only to later instances, so there
// is no cycle.
func randomInstances(r *rand.Rand) (all []*component.Instance) {
	kinds := []struct {
		section otelcfg.Section
		name    string
		count   int
	}{
		{otelcfg.Receivers, "otelcol.receiver.r", 1 + r.IntN(3)},
		{otelcfg.Processors, "otelcol.processor.p", r.IntN(7)},
		{otelcfg.Exporters, "otelcol.exporter.e", 1 + r.IntN(3)},
	}
	for _, k := range kinds {
		c := &component.Component{Name: k.name, Section: k.section, Type: k.name[len(k.name)-1:], Signals: component.Signals}
		for i := range k.count {
			all = append(all, &component.Instance{Component: c, Label: fmt.Sprint("n", i), Signals: component.Signals,
				Outputs: map[component.Signal][]eval.Value{}})
		}
	}
	for i, from := range all {
		for _, to := range all[i+1:] {
			for _, s := range component.Signals {
				if to.Section != otelcfg.Receivers && from.Section != otelcfg.Exporters && r.IntN(3) == 0 {
					path := append(strings.Split(to.Name(), "."), "input")
					from.Outputs[s] = append(from.Outputs[s], eval.Value{Kind: eval.Reference, Path: path})
				}
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// checkShape checks what the collector demands of pipelines, and that no processor stands in two.
func checkShape(t *testing.T, seed uint64, pipelines []otelcfg.Pipeline) {
	t.Helper()
	names, processors := map[string]bool{}, map[string]bool{}
	for _, p := range pipelines {
		if len(p.Receivers) == 0 || len(p.Exporters) == 0 {
			t.Fatalf("seed %d: pipeline %s lacks a receiver or an exporter", seed, p.Name)
		}
		if names[p.Name] {
			t.Fatalf("seed %d: two pipelines are named %s", seed, p.Name)
		}
		names[p.Name] = true
		for _, proc := range p.Processors {
			key := string(signalOf(p)) + " " + proc.String()
			if processors[key] {
				t.Fatalf("seed %d: %s stands in two pipelines", seed, key)
			}
			processors[key] = true
		}
	}
}

// checkForwards checks that each forward connector that a pipeline receives from is fed by another, and the reverse.
func checkForwards(t *testing.T, seed uint64, pipelines []otelcfg.Pipeline) {
	t.Helper()
	fed, drained := map[string]bool{}, map[string]bool{}
	for _, p := range pipelines {
		for _, id := range p.Exporters {
			if id.Type == "forward" {
				fed[string(signalOf(p))+" "+id.String()] = true
			}
		}
		for _, id := range p.Receivers {
			if id.Type == "forward" {
				drained[string(signalOf(p))+" "+id.String()] = true
			}
		}
	}
	if !maps.Equal(fed, drained) {
		t.Fatalf("seed %d: pipelines send to %v and receive from %v", seed, fed, drained)
	}
}

func signalOf(p otelcfg.Pipeline) component.Signal {
	signal, _, _ := strings.Cut(p.Name, "/")
	return component.Signal(signal)
}

// riverPaths lists all paths of a signal from a receiver to an exporter, sorted.
func riverPaths(instances []*component.Instance, s component.Signal) (paths []string) {
	byName := map[string]*component.Instance{}
	for _, i := range instances {
		byName[i.Name()] = i
	}
	var walk func(i *component.Instance, path string)
	walk = func(i *component.Instance, path string) {
		path += " " + i.Type + "/" + i.Label
		if i.Section == otelcfg.Exporters {
			paths = append(paths, path)
			return
		}
		for _, ref := range i.Outputs[s] {
			walk(byName[strings.TrimSuffix(ref.PathString(), ".input")], path)
		}
	}
	for _, i := range instances {
		if i.Section == otelcfg.Receivers {
			walk(i, "")
		}
	}
	slices.Sort(paths)
	return paths
}

// pipelinePaths lists the same for pipelines, following forward connectors without naming them.
func pipelinePaths(pipelines []otelcfg.Pipeline, s component.Signal) (paths []string) {
	var through func(p otelcfg.Pipeline, path string)
	through = func(p otelcfg.Pipeline, path string) {
		for _, proc := range p.Processors {
			path += " " + proc.String()
		}
		for _, exp := range p.Exporters {
			if exp.Type != "forward" {
				paths = append(paths, path+" "+exp.String())
				continue
			}
			for _, next := range pipelines {
				if signalOf(next) == s && slices.Contains(next.Receivers, exp) {
					through(next, path)
				}
			}
		}
	}
	for _, p := range pipelines {
		for _, rec := range p.Receivers {
			if signalOf(p) == s && rec.Type != "forward" {
				through(p, " "+rec.String())
			}
		}
	}
	slices.Sort(paths)
	return paths
}
