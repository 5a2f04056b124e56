package resolver

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	ipv4 = discoveryv1.AddressTypeIPv4
	ipv6 = discoveryv1.AddressTypeIPv6
)

// slice is one of the service sampler in the namespace traces.
func slice(
	name string, family discoveryv1.AddressType, endpoints ...discoveryv1.Endpoint,
) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "traces", Labels: map[string]string{discoveryv1.LabelServiceName: "sampler"},
		},
		AddressType: family,
		Endpoints:   endpoints,
	}
}

// at is an endpoint of which nothing but its addresses is known.
func at(addresses ...string) discoveryv1.Endpoint { return discoveryv1.Endpoint{Addresses: addresses} }

// pod is the endpoint of a pod.
func pod(uid, address string, conditions discoveryv1.EndpointConditions) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{
		Addresses: []string{address}, Conditions: conditions,
		TargetRef: &corev1.ObjectReference{Kind: "Pod", UID: types.UID(uid)},
	}
}

// named is the endpoint of a pod that has a host name.
func named(hostname, address string) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{address}, Hostname: &hostname}
}

func is(ready, terminating bool) discoveryv1.EndpointConditions {
	return discoveryv1.EndpointConditions{Ready: &ready, Terminating: &terminating}
}

func TestReady(t *testing.T) {
	up, notReady, ending := is(true, false), is(false, false), is(true, true)
	for name, test := range map[string]struct {
		slices []*discoveryv1.EndpointSlice
		want   []string
	}{
		"none": {},
		"unknown conditions": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv4, at("10.0.0.1"))},
			want:   []string{"10.0.0.1"},
		},
		"conditions": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv4, pod("1", "10.0.0.1", up),
				pod("2", "10.0.0.2", notReady), pod("3", "10.0.0.3", ending), pod("4", "10.0.0.4", is(false, true)))},
			want: []string{"10.0.0.1"},
		},
		"several slices": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv4, at("10.0.0.1")), slice("b", ipv4),
				slice("c", ipv4, at("10.0.0.2"), at("10.0.0.3"))},
			want: []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"},
		},
		"only IPv6": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv6, pod("1", "fd00::1", up))},
			want:   []string{"fd00::1"},
		},
		"both families": {
			slices: []*discoveryv1.EndpointSlice{
				slice("a", ipv6, pod("1", "fd00::1", up), pod("2", "fd00::2", up)),
				slice("b", ipv4, pod("2", "10.0.0.2", up), pod("1", "10.0.0.1", up)),
			},
			want: []string{"10.0.0.1", "10.0.0.2"},
		},
		"one pod has only IPv6": {
			slices: []*discoveryv1.EndpointSlice{
				slice("a", ipv4, pod("1", "10.0.0.1", up)),
				slice("b", ipv6, pod("1", "fd00::1", up), pod("2", "fd00::2", up)),
			},
			want: []string{"10.0.0.1", "fd00::2"},
		},
		"the slice of IPv6 is behind": {
			slices: []*discoveryv1.EndpointSlice{
				slice("a", ipv4, pod("1", "10.0.0.1", ending), pod("2", "10.0.0.2", notReady)),
				slice("b", ipv6, pod("1", "fd00::1", up), pod("2", "fd00::2", up)),
			},
		},
		"moving from slice to slice": {
			slices: []*discoveryv1.EndpointSlice{
				slice("a", ipv4, pod("1", "10.0.0.1", notReady)), slice("b", ipv4, pod("1", "10.0.0.1", up)),
			},
			want: []string{"10.0.0.1"},
		},
		"both families, not pods": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv4, at("10.0.0.1")), slice("b", ipv6, at("fd00::1"))},
			want:   []string{"10.0.0.1", "fd00::1"},
		},
		"host names as addresses": {
			slices: []*discoveryv1.EndpointSlice{slice("a", discoveryv1.AddressTypeFQDN, at("sampler.test"))},
			want:   []string{"sampler.test"},
		},
		"no address": {
			slices: []*discoveryv1.EndpointSlice{slice("a", ipv4, at())},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, endpoint := range ready(test.slices) {
				got = append(got, endpoint.Addresses[0])
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSliceStoreRefusesOthers(t *testing.T) {
	store := &sliceStore{changed: func([]*discoveryv1.EndpointSlice) { t.Error("told") }}
	for name, err := range map[string]error{
		"add": store.Add(1), "update": store.Update("a"), "delete": store.Delete(nil),
		"replace": store.Replace([]any{slice("a", ipv4), 1}, ""),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
