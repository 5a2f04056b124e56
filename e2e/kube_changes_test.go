package e2e

import (
	"context"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// TestKubernetesChanges: the load balancer follows the pods of a service, however they change.
func TestKubernetesChanges(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		backends := startBackends(t, nil, endpoints(pods(1, 2, 3, 4, 5, 6)...)...)
		for _, f := range kubeForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				c.serve(ctx, t, pods(1, 2)...)
				tier := startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...)
				tier.stays(ctx, t, endpoints(pods(1, 2)...)...)
				for name, served := range map[string][]byte{
					"one_appears": {1, 2, 3}, "one_disappears": {2, 3}, "all_change": {4, 5, 6}, "one_is_left": {5},
				} {
					t.Run(name, func(t *testing.T) {
						c.serve(ctx, t, pods(served...)...)
						tier.reaches(ctx, t, endpoints(pods(served...)...)...)
					})
				}
				t.Run("not_ready_and_terminating", func(t *testing.T) {
					yes, no := true, false
					late, going := endpoint(pods(2)[0]), endpoint(pods(3)[0])
					late.Conditions = discoveryv1.EndpointConditions{Ready: &no, Serving: &no, Terminating: &no}
					going.Conditions = discoveryv1.EndpointConditions{Ready: &no, Serving: &yes, Terminating: &yes}
					c.writeSlice(ctx, t, kubeNamespace, kubeService+"-1", endpoint(pods(1)[0]), late, going)
					// v0.158.0 asks no conditions: what is not ready, and what is about to end, gets spans like any other.
					tier.reaches(ctx, t, endpoints(pods(1, 2, 3)...)...)
				})
			})
		}
	})
}
