package component

import (
	"fmt"
	"slices"
	"strings"
)

// Target says which of the collector's components a load balancer becomes.
type Target string

// The targets. The first is what an empty Target means.
const (
	// Upstream takes the component that River's own is made of.
	Upstream Target = "upstream"
	// Balancer takes our own otlp_balancer, which no other distribution has.
	Balancer Target = "balancer"
)

// BalancerType is the type of what load balancers become for the target Balancer.
const BalancerType = "otlp_balancer"

// Targets lists the targets.
func Targets() []string { return []string{string(Upstream), string(Balancer)} }

// CheckTarget returns an error if there is no such target. The empty name stands for Upstream.
func CheckTarget(name string) error {
	if name != "" && !slices.Contains(Targets(), name) {
		return fmt.Errorf("%q is no target: use %s", name, strings.Join(Targets(), " or "))
	}
	return nil
}

// alternatives holds what components become for other targets than Upstream, by River's names. Like the registry it
// does not change after start.
var alternatives = map[Target]map[string]*Component{Balancer: {}}

// registerFor adds what a component becomes for a target. River's side of it is the same for all targets.
func registerFor[A any](t Target, c Component, convert func(*Conversion, *A) []Part) {
	alternatives[t][c.Name] = prepared(c, convert)
}

// For returns the component as it is converted for a target.
func (c *Component) For(t Target) *Component {
	if other, ok := alternatives[t][c.Name]; ok {
		return other
	}
	return c
}
