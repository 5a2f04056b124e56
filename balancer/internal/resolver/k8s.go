package resolver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	namespaceFile      = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
	defaultListTimeout = time.Minute
	startWait          = 5 * time.Second // how long Start waits for the first list
)

// k8sResolver follows the EndpointSlices of a service. While the API server is away the last list stays. When the
// service has no ready endpoint the list is empty: whoever sends must know that nobody is there.
type k8sResolver struct {
	background
	config    K8s
	name      string
	namespace string
	connect   func() (apiConnection, error)
	logger    *zap.Logger

	list      list
	listed    chan struct{} // closed when the first list is told
	tellFirst func()
	failing   condition
	nobody    condition
	nameless  condition
	release   func()
}

// apiConnection is a client of the Kubernetes API, and what to call when it is not needed any more.
type apiConnection struct {
	client  kubernetes.Interface
	release func()
}

func newK8s(
	config K8s, ownNamespace string, connect func() (apiConnection, error), logger *zap.Logger, to list,
) (*k8sResolver, error) {
	name, namespace, err := splitService(config.Service)
	if err != nil {
		return nil, err
	}
	config.Timeout = cmp.Or(config.Timeout, defaultListTimeout)
	r := &k8sResolver{
		config: config, name: name, namespace: cmp.Or(namespace, ownNamespace),
		connect: connect, list: to, listed: make(chan struct{}), release: func() {},
	}
	r.tellFirst = sync.OnceFunc(func() { close(r.listed) })
	r.logger = logger.With(zap.String("resolver", "k8s"), zap.String("service", r.name),
		zap.String("namespace", r.namespace))
	return r, nil
}

// Start returns when the first list is there, or after a while without it: a collector that waits for its permission
// serves nobody, one that starts can take data and wait with it.
func (r *k8sResolver) Start(ctx context.Context, _ component.Host) error {
	api, err := r.connect()
	if err != nil {
		return fmt.Errorf("cannot reach the Kubernetes API: %w", err)
	}
	r.release = api.release
	store := &sliceStore{slices: map[string]*discoveryv1.EndpointSlice{}, changed: r.tell}
	reflector := cache.NewReflectorWithOptions(
		r.requests(api.client), &discoveryv1.EndpointSlice{}, store, cache.ReflectorOptions{})
	r.start(func(ctx context.Context) {
		// client-go would log each failure, beside the collector's log.
		reflector.RunWithContext(klog.NewContext(ctx, klog.Logger{}))
	})
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case <-r.listed:
	case <-ctx.Done():
		r.logger.Warn("The Kubernetes API has not listed the endpoints of the service yet, starting without backends")
	}
	return nil
}

// Shutdown ends the watch and closes the connections to the API server.
func (r *k8sResolver) Shutdown(ctx context.Context) error {
	err := r.background.Shutdown(ctx)
	r.release()
	return err
}

// tell hands on what the slices hold now.
func (r *k8sResolver) tell(held []*discoveryv1.EndpointSlice) {
	endpoints := ready(held)
	var backends []string
	nameless := 0
	for _, endpoint := range endpoints {
		host := r.host(endpoint)
		if host == "" {
			nameless++
			continue
		}
		backends = append(backends, r.withPorts(host)...)
	}
	if r.nameless.turns(nameless > 0) && nameless > 0 {
		r.logger.Warn("Endpoints without a host name are left out, as return_hostnames is on; "+
			"pods of a StatefulSet have one", zap.Int("endpoints", nameless))
	}
	if r.nobody.turns(len(backends) == 0) && len(backends) == 0 {
		r.logger.Warn("The service has no ready endpoint")
	}
	r.list.tell(backends)
	r.tellFirst()
}

// host is empty when host names are wanted and there is none. Kubernetes gives addresses beyond the first no meaning.
func (r *k8sResolver) host(endpoint discoveryv1.Endpoint) string {
	if !r.config.ReturnHostnames {
		return endpoint.Addresses[0]
	}
	if endpoint.Hostname == nil || *endpoint.Hostname == "" {
		return ""
	}
	return *endpoint.Hostname + "." + r.name + "." + r.namespace
}

// withPorts are the backends of one host. Without ports an address of IPv6 stands alone, without brackets.
func (r *k8sResolver) withPorts(host string) []string {
	if len(r.config.Ports) == 0 {
		return []string{host}
	}
	backends := make([]string, 0, len(r.config.Ports))
	for _, port := range r.config.Ports {
		backends = append(backends, net.JoinHostPort(host, strconv.Itoa(int(port))))
	}
	return backends
}

// requests lists and watches the slices of the service.
func (r *k8sResolver) requests(client kubernetes.Interface) cache.ListerWatcher {
	api := client.DiscoveryV1().EndpointSlices(r.namespace)
	return listThenWatch{&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := api.List(ctx, r.options(options))
			if err != nil { // whether all is well is known when the watch behind it begins
				r.report(ctx, err)
			}
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			changes, err := api.Watch(ctx, r.options(options))
			r.report(ctx, err)
			return changes, err
		},
	}}
}

// options asks for the slices of the service only. A timeout is in whole seconds; none at all would be the server's.
func (r *k8sResolver) options(options metav1.ListOptions) metav1.ListOptions {
	options.LabelSelector = labels.Set{discoveryv1.LabelServiceName: r.name}.String()
	seconds := int64((r.config.Timeout + time.Second - 1) / time.Second)
	options.TimeoutSeconds = &seconds
	return options
}

// report logs when requests begin to fail, and when they are answered again.
func (r *k8sResolver) report(ctx context.Context, err error) {
	if ctx.Err() != nil || !r.failing.turns(err != nil) {
		return
	}
	switch {
	case err == nil:
		r.logger.Info("The Kubernetes API can be asked again")
	case apierrors.IsForbidden(err):
		r.logger.Warn("The Kubernetes API refuses, the last list stays: allow the collector's service account to get, "+
			"list and watch endpointslices of discovery.k8s.io in the namespace", zap.Error(err))
	default:
		r.logger.Warn("Cannot ask the Kubernetes API, the last list stays", zap.Error(err))
	}
}

// listThenWatch keeps client-go from asking for the first list as a part of the watch. That is of use for long lists
// only; and while the server cannot be reached, it holds up a shutdown by as much as a minute.
type listThenWatch struct{ *cache.ListWatch }

// IsWatchListSemanticsUnSupported is what client-go asks for that.
func (listThenWatch) IsWatchListSemanticsUnSupported() bool { return true }

// splitService takes the name of a service apart. The namespace is empty when there is none in it.
func splitService(service string) (name, namespace string, err error) {
	if service == "" {
		return "", "", errors.New("service is missing: it is NAME or NAME.NAMESPACE")
	}
	parts := strings.Split(strings.TrimSuffix(service, "."), ".")
	invalid := func(label string) bool { return len(validation.IsDNS1123Label(label)) > 0 }
	if slices.ContainsFunc(parts, invalid) || len(parts) > 2 && parts[2] != "svc" {
		return "", "", fmt.Errorf("service %q is not NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc.DOMAIN", service)
	}
	if len(parts) == 1 {
		return parts[0], "", nil
	}
	return parts[0], parts[1], nil
}

// podNamespace is the namespace of the pod that the collector runs in, or the default one where it does not.
func podNamespace(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return metav1.NamespaceDefault
	}
	return cmp.Or(strings.TrimSpace(string(text)), metav1.NamespaceDefault)
}

// apiClient connects as the pod's service account, or as the kubeconfig says that the environment names.
func apiClient() (apiConnection, error) {
	config, err := apiConfig()
	if err != nil {
		return apiConnection{}, err
	}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return apiConnection{}, err
	}
	client, err := kubernetes.NewForConfigAndClient(config, httpClient)
	release := func() { utilnet.CloseIdleConnectionsFor(httpClient.Transport) }
	return apiConnection{client, release}, err
}

func apiConfig() (*rest.Config, error) {
	if os.Getenv(clientcmd.RecommendedConfigPathEnvVar) == "" {
		config, err := rest.InClusterConfig()
		if !errors.Is(err, rest.ErrNotInCluster) {
			return config, err
		}
	}
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
}
