package resolver

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// follow runs a test in a bubble, where synctest.Wait returns when a change has been followed as far as it goes.
func follow(t *testing.T, config K8s, client *fake.Clientset, test func(t *testing.T, got told)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got := newTold()
		r := using(t, config, client, zap.NewNop(), got)
		start(t, r)
		synctest.Wait()
		test(t, got)
		shutdown(t, r)
		got.wants(t)
	})
}

func using(t *testing.T, config K8s, client *fake.Clientset, logger *zap.Logger, got told) *k8sResolver {
	t.Helper()
	connect := func() (apiConnection, error) { return apiConnection{client, func() {}}, nil }
	r, err := newK8s(config, "traces", connect, logger, got.list())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestK8sFollows follows slices that come, change and go.
func TestK8sFollows(t *testing.T) {
	other := slice("other", ipv4, at("10.0.9.9"))
	other.Labels[discoveryv1.LabelServiceName] = "another"
	elsewhere := slice("elsewhere", ipv4, at("10.0.8.8"))
	elsewhere.Namespace = "logs"
	client := fake.NewClientset(other, elsewhere,
		slice("a", ipv4, at("10.0.0.2"), at("10.0.0.1")), slice("b", ipv4, at("10.0.0.3")))
	api := client.DiscoveryV1().EndpointSlices("traces")
	follow(t, K8s{Service: "sampler", Ports: []int32{4317}}, client, func(t *testing.T, got told) {
		must := func(_ *discoveryv1.EndpointSlice, err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		got.wants(t, []string{"10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317"})
		must(api.Create(t.Context(), slice("c", ipv4, at("10.0.0.4")), metav1.CreateOptions{}))
		got.wants(t, []string{"10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317", "10.0.0.4:4317"})
		ending := pod("4", "10.0.0.4", is(true, true))
		must(api.Update(t.Context(), slice("c", ipv4, ending), metav1.UpdateOptions{}))
		got.wants(t, []string{"10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317"})
		must(api.Update(t.Context(), slice("c", ipv4), metav1.UpdateOptions{}))
		got.wants(t)
		must(nil, api.Delete(t.Context(), "a", metav1.DeleteOptions{}))
		got.wants(t, []string{"10.0.0.3:4317"})
		must(nil, api.Delete(t.Context(), "b", metav1.DeleteOptions{}))
		got.wants(t, []string(nil))
		must(api.Create(t.Context(), slice("a", ipv4, at("10.0.0.5")), metav1.CreateOptions{}))
		got.wants(t, []string{"10.0.0.5:4317"})
	})
}

func TestK8sNames(t *testing.T) {
	client := func() *fake.Clientset {
		return fake.NewClientset(
			slice("a", ipv4, named("pod-0", "10.0.0.1"), named("pod-1", "10.0.0.2"), at("10.0.0.3")),
			slice("b", ipv6, named("pod-0", "fd00::1")))
	}
	for name, test := range map[string]struct {
		config K8s
		want   []string
	}{
		"addresses": {K8s{Service: "sampler"}, []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1"}},
		"ports": {K8s{Service: "sampler.traces", Ports: []int32{4317, 4318}}, []string{
			"10.0.0.1:4317", "10.0.0.1:4318", "10.0.0.2:4317", "10.0.0.2:4318", "10.0.0.3:4317", "10.0.0.3:4318",
			"[fd00::1]:4317", "[fd00::1]:4318",
		}},
		"host names": {
			K8s{Service: "sampler.traces.svc.cluster.local", ReturnHostnames: true},
			[]string{"pod-0.sampler.traces", "pod-1.sampler.traces"},
		},
		"host names and ports": {
			K8s{Service: "sampler", Ports: []int32{4317}, ReturnHostnames: true},
			[]string{"pod-0.sampler.traces:4317", "pod-1.sampler.traces:4317"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			follow(t, test.config, client(), func(t *testing.T, got told) { got.wants(t, test.want) })
		})
	}
}

const (
	logNobody   = "The service has no ready endpoint"
	logNameless = "Endpoints without a host name are left out, as return_hostnames is on; pods of a StatefulSet have one"
	logNoAPI    = "Cannot ask the Kubernetes API, the last list stays"
	logRefused  = "The Kubernetes API refuses, the last list stays: allow the collector's service account to get, " +
		"list and watch endpointslices of discovery.k8s.io in the namespace"
	logBack = "The Kubernetes API can be asked again"
	logLate = "The Kubernetes API has not listed the endpoints of the service yet, starting without backends"
)

// TestK8sLogsOnce says once that there is nobody, or only pods without a host name.
func TestK8sLogsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		logger, logs := observed()
		got := newTold()
		r := using(t, K8s{Service: "sampler", ReturnHostnames: true}, client, logger, got)
		start(t, r)
		synctest.Wait()
		wantsLog(t, logs, logNobody)
		api := client.DiscoveryV1().EndpointSlices("traces")
		for _, step := range []struct {
			slice *discoveryv1.EndpointSlice
			logs  []string
		}{
			{slice("a", ipv4, at("10.0.0.1")), []string{logNameless}},
			{slice("b", ipv4, at("10.0.0.2")), nil},
			{slice("c", ipv4, named("pod-0", "10.0.0.3")), nil},
		} {
			if _, err := api.Create(t.Context(), step.slice, metav1.CreateOptions{}); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			wantsLog(t, logs, step.logs...)
		}
		got.wants(t, []string{"pod-0.sampler.traces"})
		shutdown(t, r)
	})
}

// TestK8sWithoutPermission starts without backends, and finds them once it may list them.
func TestK8sWithoutPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(slice("a", ipv4, at("10.0.0.1")))
		var allowed atomic.Bool
		client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
			return !allowed.Load(), nil, forbidden()
		})
		logger, logs := observed()
		got := newTold()
		r := using(t, K8s{Service: "sampler"}, client, logger, got)
		began := time.Now()
		start(t, r)
		if took := time.Since(began); took != startWait {
			t.Errorf("Start took %s", took)
		}
		passes(10 * time.Minute)
		wantsLog(t, logs, logRefused, logLate)
		got.wants(t)
		allowed.Store(true)
		passes(2 * time.Minute) // client-go tries again after one at most
		wantsLog(t, logs, logBack)
		got.wants(t, []string{"10.0.0.1"})
		shutdown(t, r)
	})
}

// TestK8sMayOnlyList logs once that it cannot watch, although each list in between succeeds.
func TestK8sMayOnlyList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(slice("a", ipv4, at("10.0.0.1")))
		client.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
			return true, nil, forbidden()
		})
		logger, logs := observed()
		got := newTold()
		r := using(t, K8s{Service: "sampler"}, client, logger, got)
		start(t, r)
		passes(10 * time.Minute)
		wantsLog(t, logs, logRefused)
		got.wants(t, []string{"10.0.0.1"})
		shutdown(t, r)
	})
}

func forbidden() error {
	return apierrors.NewForbidden(discoveryv1.Resource("endpointslices"), "", errors.New("no rule"))
}

// TestK8sAPIGoesAway keeps the last list while the API server is away, and does not tell parts of the next one.
func TestK8sAPIGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(slice("a", ipv4, at("10.0.0.1")), slice("b", ipv4, at("10.0.0.2")))
		api := client.DiscoveryV1().EndpointSlices("traces")
		var away atomic.Bool
		client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
			return away.Load(), nil, errors.New("connection refused")
		})
		watches := make(chan *watch.RaceFreeFakeWatcher, 100)
		client.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
			if away.Load() {
				return true, nil, errors.New("connection refused")
			}
			w := watch.NewRaceFreeFake()
			watches <- w
			return true, w, nil
		})
		logger, logs := observed()
		got := newTold()
		r := using(t, K8s{Service: "sampler"}, client, logger, got)
		start(t, r)
		passes(time.Hour)
		away.Store(true)
		(<-watches).Stop()
		for _, name := range []string{"a", "b"} {
			if _, err := api.Update(t.Context(), slice(name, ipv4), metav1.UpdateOptions{}); err != nil {
				t.Error(err)
			}
		}
		if _, err := api.Create(t.Context(), slice("c", ipv4, at("10.0.0.3")), metav1.CreateOptions{}); err != nil {
			t.Error(err)
		}
		passes(time.Hour)
		wantsLog(t, logs, logNoAPI)
		got.wants(t, []string{"10.0.0.1", "10.0.0.2"})
		away.Store(false)
		passes(2 * time.Minute)
		wantsLog(t, logs, logBack)
		got.wants(t, []string{"10.0.0.3"})
		shutdown(t, r)
	})
}

// TestK8sHangs starts although the API server does not answer.
func TestK8sHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(slice("a", ipv4, at("10.0.0.1")))
		answer := make(chan struct{})
		client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
			<-answer
			return false, nil, nil
		})
		logger, logs := observed()
		got := newTold()
		r := using(t, K8s{Service: "sampler"}, client, logger, got)
		start(t, r)
		wantsLog(t, logs, logLate)
		close(answer)
		synctest.Wait()
		wantsLog(t, logs)
		got.wants(t, []string{"10.0.0.1"})
		shutdown(t, r)
	})
}

// TestK8sBrokenKubeconfig does not start: no time will mend that.
func TestK8sBrokenKubeconfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte("clusters: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(clientcmd.RecommendedConfigPathEnvVar, file)
	r, err := newK8s(K8s{Service: "sampler"}, "traces", apiClient, zap.NewNop(), newTold().list())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), nil); err == nil {
		t.Error("no error")
	}
	shutdown(t, r)
}

// TestK8sRequests looks at what a server is asked, and leaves nothing open behind.
func TestK8sRequests(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		query := request.URL.Query()
		asked <- request.URL.Path + " " + query.Get("labelSelector") + " " + query.Get("timeoutSeconds")
		w.Header().Set("Content-Type", "application/json")
		if query.Get("watch") != "" {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush() // the client may be gone
			<-request.Context().Done()
			return
		}
		_ = json.NewEncoder(w).Encode(discoveryv1.EndpointSliceList{
			TypeMeta: metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSliceList"},
			ListMeta: metav1.ListMeta{ResourceVersion: "1"},
			Items:    []discoveryv1.EndpointSlice{*slice("a", ipv4, at("10.0.0.1"))},
		})
	}))
	defer server.Close()
	t.Setenv(clientcmd.RecommendedConfigPathEnvVar, kubeconfig(t, server.URL))
	got := newTold()
	r, err := newK8s(K8s{Service: "sampler.traces", Timeout: 1500 * time.Millisecond}, "elsewhere", apiClient,
		zap.NewNop(), got.list())
	if err != nil {
		t.Fatal(err)
	}
	start(t, r)
	want := "/apis/discovery.k8s.io/v1/namespaces/traces/endpointslices kubernetes.io/service-name=sampler 2"
	for range 2 { // a list and a watch
		if diff := cmp.Diff(want, <-asked); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
	got.waits(t, "10.0.0.1")
	shutdown(t, r)
}

// kubeconfig writes one that leads to a server without asking for anything.
func kubeconfig(t *testing.T, url string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "kubeconfig")
	err := clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"test": {Server: url}},
		Contexts:       map[string]*clientcmdapi.Context{"test": {Cluster: "test"}},
		CurrentContext: "test",
	}, file)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSplitService(t *testing.T) {
	for service, want := range map[string][]string{
		"sampler":                           {"sampler", ""},
		"sampler.traces":                    {"sampler", "traces"},
		"sampler.traces.svc":                {"sampler", "traces"},
		"sampler.traces.svc.cluster.local":  {"sampler", "traces"},
		"sampler.traces.svc.cluster.local.": {"sampler", "traces"},
	} {
		name, namespace, err := splitService(service)
		if err != nil {
			t.Errorf("%s: %v", service, err)
		}
		if diff := cmp.Diff(want, []string{name, namespace}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", service, diff)
		}
	}
}

func TestPodNamespace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "namespace")
	wants := func(want string) {
		t.Helper()
		if got := podNamespace(file); got != want {
			t.Errorf("namespace %q, want %q", got, want)
		}
	}
	wants("default")
	for text, want := range map[string]string{"traces\n": "traces", "": "default"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wants(want)
	}
}
