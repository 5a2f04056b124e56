package manifests

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// What the kubernetes resolver of the collector v0.158.0 reads, where River read endpoints of the core group.
const sliceGroup, sliceResource = "discovery.k8s.io", "endpointslices"

var sliceVerbs = []string{"get", "list", "watch"}

// grantPermissions lets the containers with a kubernetes resolver read what it needs, where a rule among the files let
// River read endpoints.
func (m *migration) grantPermissions() {
	changed := map[*yaml.Node]bool{}
	for _, r := range m.runs {
		if !r.config.watchesEndpoints() {
			continue
		}
		roles := m.rolesOf(r.pod)
		if r.granted = grantingSlices(roles); r.granted != nil {
			continue
		}
		for _, role := range roles {
			for _, rule := range yamltext.Items(yamltext.Get(role.root, "rules")) {
				if !grants(rule, "", "endpoints") || yamltext.Get(rule, "resourceNames") != nil {
					continue
				}
				r.granted = cmp.Or(r.granted, role)
				if !changed[rule] {
					changed[rule] = true
					m.changeRule(role, rule)
				}
			}
		}
	}
	for _, c := range m.configs {
		m.tellGranted(c)
	}
}

// watchesEndpoints reports whether a configuration has a load balancer with a kubernetes resolver.
func (c *config) watchesEndpoints() bool {
	return slices.ContainsFunc(c.exporters("load_balancing"), func(settings map[string]any) bool {
		resolver, _ := settings["resolver"].(map[string]any)
		return resolver["k8s"] != nil
	})
}

// rolesOf returns the roles among the files that are bound to the service account of a pod.
func (m *migration) rolesOf(p *pod) (roles []*object) {
	for _, binding := range m.objects {
		if !isBinding(binding) || !slices.ContainsFunc(subjectsOf(binding), p.isSubject) {
			continue
		}
		if role := m.roleOf(binding); role != nil {
			roles = append(roles, role)
		}
	}
	return roles
}

func isBinding(o *object) bool { return o.kind == "RoleBinding" || o.kind == "ClusterRoleBinding" }

func subjectsOf(binding *object) []*yaml.Node {
	return yamltext.Items(yamltext.Get(binding.root, "subjects"))
}

// isSubject reports whether a subject of a binding is the service account of a pod.
func (p *pod) isSubject(subject *yaml.Node) bool {
	return yamltext.Text(subject, "kind") == "ServiceAccount" && yamltext.Text(subject, "name") == p.account() &&
		sameNamespace(yamltext.Text(subject, "namespace"), p.object.namespace)
}

// roleOf returns the role that a binding gives, or nil if it is not among the files.
func (m *migration) roleOf(binding *object) *object {
	kind, name := yamltext.Text(binding.root, "roleRef", "kind"), yamltext.Text(binding.root, "roleRef", "name")
	for _, o := range m.objects {
		if o.kind == kind && o.name == name && (kind == "ClusterRole" || sameNamespace(o.namespace, binding.namespace)) {
			return o
		}
	}
	return nil
}

// grants reports whether a rule names a resource of a group.
func grants(rule *yaml.Node, group, resource string) bool {
	return slices.Contains(values(yamltext.Items(yamltext.Get(rule, "apiGroups"))), group) &&
		slices.Contains(values(yamltext.Items(yamltext.Get(rule, "resources"))), resource)
}

// grantingSlices returns the first role that lets slices be read already, or nil.
func grantingSlices(roles []*object) *object {
	for _, role := range roles {
		for _, rule := range yamltext.Items(yamltext.Get(role.root, "rules")) {
			verbs := yamltext.Items(yamltext.Get(rule, "verbs"))
			missing := func(verb string) bool { return !covers(verbs, verb) }
			if yamltext.Get(rule, "resourceNames") == nil && !slices.ContainsFunc(sliceVerbs, missing) &&
				covers(yamltext.Items(yamltext.Get(rule, "apiGroups")), sliceGroup) &&
				covers(yamltext.Items(yamltext.Get(rule, "resources")), sliceResource) {
				return role
			}
		}
	}
	return nil
}

// covers reports whether a list of a rule holds a word, or the one for all.
func covers(list []*yaml.Node, word string) bool {
	all := values(list)
	return slices.Contains(all, word) || slices.Contains(all, "*")
}

// changeRule makes a rule that grants endpoints grant slices. A rule that grants more, or that others need, too, stays,
// and another comes behind it.
func (m *migration) changeRule(role *object, rule *yaml.Node) {
	groups := yamltext.Items(yamltext.Get(rule, "apiGroups"))
	resources := yamltext.Items(yamltext.Get(rule, "resources"))
	if len(groups) > 1 || len(resources) > 1 || !m.isOurs(role) {
		m.insert(role, rule, yamltext.Map(
			yamltext.Entry{Key: "apiGroups", Value: yamltext.Words(sliceGroup)},
			yamltext.Entry{Key: "resources", Value: yamltext.Words(sliceResource)},
			yamltext.Entry{Key: "verbs", Value: yamltext.Words(sliceVerbs...)},
		))
		return
	}
	m.set(role, groups[0], sliceGroup)
	m.set(role, resources[0], sliceResource)
	verbs := yamltext.Items(yamltext.Get(rule, "verbs"))
	for _, verb := range sliceVerbs {
		if len(verbs) > 0 && !covers(verbs, verb) {
			m.insert(role, verbs[len(verbs)-1], yamltext.Word(verb))
		}
	}
}

// isOurs reports whether a role is bound to nothing but service accounts of pods that are converted.
func (m *migration) isOurs(role *object) bool {
	for _, binding := range m.objects {
		if !isBinding(binding) || m.roleOf(binding) != role {
			continue
		}
		for _, subject := range subjectsOf(binding) {
			users := slices.DeleteFunc(slices.Clone(m.pods), func(p *pod) bool { return !p.isSubject(subject) })
			if len(users) == 0 || !m.allRun(users) {
				return false
			}
		}
	}
	return true
}

// allRun reports whether each of some pods runs River.
func (m *migration) allRun(pods []*pod) bool {
	for _, p := range pods {
		if !slices.ContainsFunc(m.runs, func(r *run) bool { return r.pod == p }) {
			return false
		}
	}
	return true
}

// tellGranted says in the warnings of a configuration about a missing permission which role grants it now.
func (m *migration) tellGranted(c *config) {
	for _, r := range c.users {
		if r.granted == nil {
			return
		}
	}
	for i, d := range c.diags {
		if len(c.users) > 0 && d.Code == diag.NeedsPermission && strings.Contains(d.Detail, sliceResource) {
			c.diags[i].Detail = c.users[0].granted.String() + " grants what it needs now"
		}
	}
}
