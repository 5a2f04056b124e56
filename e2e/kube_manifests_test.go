package e2e

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// kubeManifest and dnsManifest hold the objects of the page's examples, as the page has them.
const (
	kubeManifest = "configs/manifests/kubernetes.yaml"
	dnsManifest  = "configs/manifests/dns.yaml"
)

// TestKubernetesManifests applies what riverconv makes of the page's manifests, and runs the load balancer with exactly
// the arguments, the configuration and the permissions that it reads back: it sends to the pods of the service.
func TestKubernetesManifests(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		c := startCluster(ctx, t)
		backends := startBackends(t, nil, endpoints(pods(1, 2, 3)...)...)
		change := func(to ...netip.Addr) { // as both resolvers see it
			c.serve(ctx, t, to...)
			names.Set(agentName, nameserver.Answer{Addresses: to})
		}
		for _, test := range []struct {
			name, manifest string
			options        []string
		}{
			// The other way round the API server refuses it: a Service does not become headless.
			{"dns_yaml", dnsManifest, nil}, {"dns_river", dnsManifest, []string{"-keep-river"}},
			{"kubernetes_yaml", kubeManifest, nil}, {"kubernetes_river", kubeManifest, []string{"-keep-river"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				file, err := harness.ConvertManifests(ctx, inRepository(t, test.manifest), t.TempDir(), test.options...)
				if err != nil {
					t.Fatal(err)
				}
				c.apply(ctx, t, file)
				change(pods(1, 2)...)
				f, env := c.container(ctx, t, "agent-traces-lb")
				tier := startTier(ctx, t, f, agentAddr, backends, append(env, c.server.PodEnv()...)...)
				tier.stays(ctx, t, endpoints(pods(1, 2)...)...)
				change(pods(2, 3)...)
				tier.reaches(ctx, t, endpoints(pods(2, 3)...)...)
			})
		}
	})
}

// TestKustomizeFunction: riverconv manifests is a function that kustomize runs on the objects of a base.
func TestKustomizeFunction(t *testing.T) {
	t.Parallel()
	ctx, folder := beforeTimeout(t), t.TempDir()
	riverconv, err := harness.Binary("riverconv")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"objects.yaml":       read(t, kubeManifest),
		"kustomization.yaml": "resources: [objects.yaml]\ntransformers: [successor.yaml]\n",
		"successor.yaml":     shownYAML(t, "docs/kubernetes.md", "kind: Manifests"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(riverconv, filepath.Join(folder, "riverconv")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "objects.yaml")
	if err := harness.Kustomize(ctx, folder, out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"--config=/etc/agent/agent_lb.yaml", "endpointslices", "load_balancing/default:"} {
		if !bytes.Contains(text, []byte(words)) {
			t.Errorf("the objects lack %q", words)
		}
	}
	if bytes.Contains(text, []byte("grafana/agent")) {
		t.Error("the objects still run grafana/agent")
	}
}

// apply applies all objects of a file. The server refuses what it does not know.
func (c *cluster) apply(ctx context.Context, t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(c.server.AdminConfig())
	if err != nil {
		t.Fatal(err)
	}
	groups, err := restmapper.GetAPIGroupResources(c.client.Discovery())
	if err != nil {
		t.Fatal(err)
	}
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var object unstructured.Unstructured
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			t.Fatal(err)
		}
		kind := object.GroupVersionKind()
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			t.Fatal(err)
		}
		resource := dynamic.ResourceInterface(client.Resource(mapping.Resource))
		if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			resource = client.Resource(mapping.Resource).Namespace(object.GetNamespace())
		}
		force := true
		options := metav1.PatchOptions{FieldManager: "e2e", FieldValidation: metav1.FieldValidationStrict, Force: &force}
		body, err := object.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resource.Patch(ctx, object.GetName(), types.ApplyPatchType, body, options); err != nil {
			t.Fatalf("%s %s: %v", kind.Kind, object.GetName(), err)
		}
	}
}

// container is the form in which the container of a Deployment runs, and its variables: with its arguments, the
// ConfigMap that is mounted beside it in a folder of the test's, and the Secrets that it names.
func (c *cluster) container(ctx context.Context, t *testing.T, deployment string) (f form, env []string) {
	t.Helper()
	found, err := c.client.AppsV1().Deployments(kubeNamespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := found.Spec.Template.Spec
	container, mounted := pod.Containers[0], t.TempDir()
	name := pod.Volumes[0].ConfigMap.Name
	configs, err := c.client.CoreV1().ConfigMaps(kubeNamespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range configs.Data {
		if err := os.WriteFile(filepath.Join(mounted, key), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f = form{name: deployment, binary: harness.River}
	for _, arg := range container.Args {
		config, ok := strings.CutPrefix(arg, "--config=")
		if !ok {
			t.Fatalf("the container has the argument %s", arg)
		}
		f.configs = append(f.configs, strings.Replace(config, container.VolumeMounts[0].MountPath, mounted, 1))
	}
	for _, v := range container.Env {
		if v.ValueFrom != nil {
			ref := v.ValueFrom.SecretKeyRef
			secret, err := c.client.CoreV1().Secrets(kubeNamespace).Get(ctx, ref.Name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			v.Value = string(secret.Data[ref.Key])
		}
		env = append(env, v.Name+"="+v.Value)
	}
	return f, env
}
