package e2e

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// What the page's example for Kubernetes calls things, configs/kubernetes_agent_lb.river among them.
const (
	kubeRiver     = "configs/kubernetes_agent_lb.river"
	kubeNamespace = "grafana-cloud-monitoring"
	kubeService   = "agent-traces-sampling"
	kubeAccount   = "agent-traces"
	kubeRole      = "agent-traces-role"
	kubeBinding   = "agent-traces-rolebinding"
)

// apiServerAddr is where the API server listens. Pods have addresses in podNetwork: an EndpointSlice may not hold one
// of 127.0.0.0/8.
const apiServerAddr = "127.0.0.1:6443"

var podNetwork = netip.MustParsePrefix("10.1.0.1/16")

// pods are the addresses 10.1.0.n for each n.
func pods(ns ...byte) (addresses []netip.Addr) {
	for _, n := range ns {
		addresses = append(addresses, netip.AddrFrom4([4]byte{10, 1, 0, n}))
	}
	return addresses
}

// cluster is a Kubernetes API, seen by its administrator, and a pod of the load balancer in it: this program.
type cluster struct {
	server  *harness.APIServer
	client  *kubernetes.Clientset
	account string // the folder that is mounted where the pod's service account belongs
}

// startCluster starts an API server until the test ends, with the page's namespace and service account in it.
func startCluster(ctx context.Context, t *testing.T) *cluster {
	t.Helper()
	if err := harness.AddLoopbackNetwork(podNetwork); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "kube") // t.TempDir would be too long for the name of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{account: t.TempDir()}
	if c.server, err = harness.StartAPIServer(ctx, folder, apiServerAddr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.server.Kill(); err != nil {
			t.Error(err)
		}
	})
	if c.client, err = c.server.Admin(); err != nil {
		t.Fatal(err)
	}
	c.addNamespace(ctx, t, kubeNamespace)
	if err := harness.UseServiceAccount(c.account); err != nil {
		t.Fatal(err)
	}
	c.mountAccount(ctx, t)
	return c
}

func (c *cluster) addNamespace(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := c.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// mountAccount makes the page's service account, and puts into the pod what Kubernetes puts there: a token for it, the
// certificate to trust, and the name of the namespace.
func (c *cluster) mountAccount(ctx context.Context, t *testing.T) {
	t.Helper()
	accounts := c.client.CoreV1().ServiceAccounts(kubeNamespace)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: kubeAccount}}
	if _, err := accounts.Create(ctx, account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	request, err := accounts.CreateToken(ctx, kubeAccount, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"token": []byte(request.Status.Token), "ca.crt": c.server.CA(), "namespace": []byte(kubeNamespace),
	} {
		if err := os.WriteFile(filepath.Join(c.account, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// yamlBlock matches a fenced block of YAML in a document.
var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// shownYAML is the one block of YAML in a document that holds these words.
func shownYAML(t *testing.T, document, words string) string {
	t.Helper()
	var found []string
	for _, block := range yamlBlock.FindAllStringSubmatch(read(t, document), -1) {
		if strings.Contains(block[1], words) {
			found = append(found, block[1])
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d blocks of YAML in %s hold %q", len(found), document, words)
	}
	return found[0]
}

// grant lets the page's service account see the EndpointSlices of a namespace, by the rule in docs/resolvers.md.
func (c *cluster) grant(ctx context.Context, t *testing.T, namespace string) {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: kubeRole}}
	rules := shownYAML(t, "docs/resolvers.md", "endpointslices")
	if err := yaml.UnmarshalStrict([]byte(rules), &role.Rules); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.RbacV1().Roles(namespace).Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: kubeBinding},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: kubeRole},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: kubeAccount, Namespace: kubeNamespace}},
	}
	if _, err := c.client.RbacV1().RoleBindings(namespace).Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// endpoint is a pod that takes requests.
func endpoint(address netip.Addr) discoveryv1.Endpoint {
	yes, no := true, false
	return discoveryv1.Endpoint{Addresses: []string{address.String()},
		Conditions: discoveryv1.EndpointConditions{Ready: &yes, Serving: &yes, Terminating: &no}}
}

// serve writes the one EndpointSlice of the page's service, as its controller does when pods come and go.
func (c *cluster) serve(ctx context.Context, t *testing.T, addresses ...netip.Addr) {
	t.Helper()
	var all []discoveryv1.Endpoint
	for _, address := range addresses {
		all = append(all, endpoint(address))
	}
	c.writeSlice(ctx, t, kubeNamespace, kubeService+"-1", all...)
}

// writeSlice creates or replaces an EndpointSlice of the page's service.
func (c *cluster) writeSlice(
	ctx context.Context, t *testing.T, namespace, name string, endpoints ...discoveryv1.Endpoint,
) {
	t.Helper()
	slices := c.client.DiscoveryV1().EndpointSlices(namespace)
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: kubeService},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   endpoints,
	}
	_, err := slices.Update(ctx, slice, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = slices.Create(ctx, slice, metav1.CreateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// kubeForms are the forms of the page's load balancer, with replacements in its text. It prints less than on the page:
// the spans would bury what it says about the API.
func kubeForms(ctx context.Context, t *testing.T, replacements ...string) (all []form) {
	t.Helper()
	river := changed(t, kubeRiver, append([]string{detailed, basic}, replacements...)...)
	for _, f := range forms(ctx, t, "flow", river) {
		all = append(all, f.with(everyMessage))
	}
	return all
}
