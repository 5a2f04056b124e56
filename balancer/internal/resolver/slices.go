package resolver

import (
	"fmt"
	"maps"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// sliceStore holds the EndpointSlices of a service, as a reflector of client-go writes them. After each change it tells
// all that it holds; a whole list is one change, so that nobody sees a part of it.
type sliceStore struct {
	slices  map[string]*discoveryv1.EndpointSlice
	changed func([]*discoveryv1.EndpointSlice)
}

// Add takes a new slice. The types of arguments are those of client-go's interface.
func (s *sliceStore) Add(object any) error {
	slice, err := sliceOf(object)
	if err != nil {
		return err
	}
	s.slices[slice.Name] = slice
	s.tell()
	return nil
}

// Update takes a slice in place of an older one.
func (s *sliceStore) Update(object any) error { return s.Add(object) }

// Delete drops a slice.
func (s *sliceStore) Delete(object any) error {
	slice, err := sliceOf(object)
	if err != nil {
		return err
	}
	delete(s.slices, slice.Name)
	s.tell()
	return nil
}

// Replace takes all slices in place of what was there.
func (s *sliceStore) Replace(objects []any, _ string) error {
	listed := make(map[string]*discoveryv1.EndpointSlice, len(objects))
	for _, object := range objects {
		slice, err := sliceOf(object)
		if err != nil {
			return err
		}
		listed[slice.Name] = slice
	}
	s.slices = listed
	s.tell()
	return nil
}

// Resync has nothing to do: what is held has been told.
func (s *sliceStore) Resync() error { return nil }

func (s *sliceStore) tell() { s.changed(slices.Collect(maps.Values(s.slices))) }

func sliceOf(object any) (*discoveryv1.EndpointSlice, error) {
	slice, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil, fmt.Errorf("a %T is not an EndpointSlice", object)
	}
	return slice, nil
}

// ready are the endpoints of the slices that take data: ready ones that are not about to end. An endpoint of a service
// with two families is in slices of both. The first of IPv4 and IPv6 that has it at all decides about it, so that it is
// in the list once, and does not come under its other address while one slice is ahead of the other. IPv4 comes first
// for no deeper reason than that all balancers must take the same.
func ready(of []*discoveryv1.EndpointSlice) (found []discoveryv1.Endpoint) {
	decides := map[string]int{}
	forEach(of, func(family int, endpoint discoveryv1.Endpoint) {
		id := identity(endpoint)
		if before, known := decides[id]; !known || family < before {
			decides[id] = family
		}
	})
	forEach(of, func(family int, endpoint discoveryv1.Endpoint) {
		if decides[identity(endpoint)] == family && takesData(endpoint.Conditions) {
			found = append(found, endpoint)
		}
	})
	return found
}

// forEach goes through the endpoints that have an address, with the rank of their family.
func forEach(of []*discoveryv1.EndpointSlice, do func(family int, endpoint discoveryv1.Endpoint)) {
	order := []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6}
	for _, slice := range of {
		family := slices.Index(order, slice.AddressType)
		if family < 0 {
			family = len(order) // names of hosts, which nobody but users writes
		}
		for _, endpoint := range slice.Endpoints {
			if len(endpoint.Addresses) > 0 {
				do(family, endpoint)
			}
		}
	}
}

// identity is the same for an endpoint in slices of both families. One that is no pod can only be told by its address.
func identity(endpoint discoveryv1.Endpoint) string {
	if endpoint.TargetRef != nil && endpoint.TargetRef.UID != "" {
		return string(endpoint.TargetRef.UID)
	}
	return endpoint.Addresses[0]
}

// takesData reads the conditions. What is unknown counts as ready, and as not terminating. A service that publishes
// addresses that are not ready has terminating ones among its ready ones.
func takesData(conditions discoveryv1.EndpointConditions) bool {
	ready := conditions.Ready == nil || *conditions.Ready
	terminating := conditions.Terminating != nil && *conditions.Terminating
	return ready && !terminating
}
