package manifests

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// mounted is a key of a ConfigMap as a container sees it.
type mounted struct {
	path       string // in the container
	object     *object
	key, value *yaml.Node
}

// riverEndings are what the names of River files end in.
var riverEndings = []string{".river", ".alloy"}

func isRiverName(name string) bool { return slices.Contains(riverEndings, path.Ext(name)) }

// renamed returns the name of what a River file becomes. A name that does not end like River stays.
func renamed(name string) string {
	if isRiverName(name) {
		return strings.TrimSuffix(name, path.Ext(name)) + ".yaml"
	}
	return name
}

// source is a ConfigMap in a volume.
type source struct {
	name  string
	items []*yaml.Node // the keys that are mounted, all if there is none
}

// sourcesOf returns the ConfigMaps in a volume.
func sourcesOf(volume *yaml.Node) (all []source) {
	parts := []*yaml.Node{volume}
	parts = append(parts, yamltext.Items(yamltext.Get(volume, "projected", "sources"))...)
	for _, part := range parts {
		if c := yamltext.Get(part, "configMap"); c != nil {
			all = append(all, source{yamltext.Text(c, "name"), yamltext.Items(yamltext.Get(c, "items"))})
		}
	}
	return all
}

// pathOf returns the path in the volume at which a key stands, or "" if it does not.
func (s source) pathOf(key string) string {
	if len(s.items) == 0 {
		return key
	}
	for _, item := range s.items {
		if yamltext.Text(item, "key") == key {
			return path.Clean(yamltext.Text(item, "path"))
		}
	}
	return ""
}

// volumes returns the volumes of a pod by their names.
func (p *pod) volumes() map[string]*yaml.Node {
	byName := map[string]*yaml.Node{}
	for _, v := range yamltext.Items(yamltext.Get(p.spec, "volumes")) {
		byName[yamltext.Text(v, "name")] = v
	}
	return byName
}

// mountedKeys returns the keys of the ConfigMaps among the files that a container sees.
func (m *migration) mountedKeys(r *run) (all []mounted) {
	volumes := r.pod.volumes()
	for _, mount := range yamltext.Items(yamltext.Get(r.container, "volumeMounts")) {
		for _, src := range sourcesOf(volumes[yamltext.Text(mount, "name")]) {
			o := m.configMap(src.name, r.pod.object.namespace)
			if o == nil {
				continue
			}
			for _, e := range dataOf(o) {
				if where := placeIn(mount, src.pathOf(e.key.Value)); where != "" {
					all = append(all, mounted{where, o, e.key, e.value})
				}
			}
		}
	}
	return all
}

// placeIn returns the path at which a mount shows a path of its volume, or "" if it does not show it.
func placeIn(mount *yaml.Node, inVolume string) string {
	folder, part := yamltext.Text(mount, "mountPath"), yamltext.Text(mount, "subPath")
	switch {
	case inVolume == "" || folder == "":
		return ""
	case part == "":
		return path.Join(folder, inVolume)
	case path.Clean(part) == inVolume:
		return path.Clean(folder)
	}
	rest, ok := strings.CutPrefix(inVolume, path.Clean(part)+"/")
	if !ok {
		return ""
	}
	return path.Join(folder, rest)
}

// configMap returns the ConfigMap of a name that a workload in a namespace sees, or nil.
func (m *migration) configMap(name, namespace string) (found *object) {
	for _, o := range m.objects {
		if o.kind != "ConfigMap" || o.name != name || !sameNamespace(o.namespace, namespace) {
			continue
		}
		if found == nil || found.namespace != namespace && o.namespace == namespace {
			found = o
		}
	}
	return found
}

// entry is a key of a ConfigMap with its text.
type entry struct{ key, value *yaml.Node }

// dataOf returns the texts in a ConfigMap.
func dataOf(o *object) (entries []entry) {
	data := yamltext.Get(o.root, "data")
	if data == nil || data.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		if value := yamltext.Resolve(data.Content[i+1]); value != nil && value.Kind == yaml.ScalarNode {
			entries = append(entries, entry{data.Content[i], value})
		}
	}
	return entries
}

// rename gives a key of a ConfigMap its new name, here and wherever a workload names it.
func (m *migration) rename(part mounted) {
	old, name := part.key.Value, renamed(part.key.Value)
	if old == name {
		return
	}
	for _, e := range dataOf(part.object) {
		if e.key != part.key && renamed(e.key.Value) == name {
			m.diags.Errorf(part.object.at(part.key), diag.Duplicate, "give one of them another name",
				"%s: the keys %s and %s would both be %s", part.object, old, e.key.Value, name)
			return
		}
	}
	m.set(part.object, part.key, name)
	for _, p := range m.pods {
		if m.configMap(part.object.name, p.object.namespace) == part.object {
			m.followInVolumes(p, part.object.name, old)
			m.followInEnv(p, part.object.name, old)
		}
	}
}

// followInVolumes changes the items of volumes that name a key, and the mounts of single files.
func (m *migration) followInVolumes(p *pod, configMap, key string) {
	for volumeName, volume := range p.volumes() {
		for _, src := range sourcesOf(volume) {
			inVolume := src.pathOf(key)
			if src.name != configMap || inVolume == "" {
				continue
			}
			for _, item := range src.items {
				if yamltext.Text(item, "key") == key {
					m.set(p.object, yamltext.Get(item, "key"), renamed(key))
					m.renameIn(p.object, item, "path")
				}
			}
			for _, c := range p.containers {
				for _, mount := range yamltext.Items(yamltext.Get(c, "volumeMounts")) {
					part := yamltext.Text(mount, "subPath")
					if yamltext.Text(mount, "name") == volumeName && part != "" && path.Clean(part) == inVolume {
						m.renameIn(p.object, mount, "subPath")
						m.renameIn(p.object, mount, "mountPath")
					}
				}
			}
		}
	}
}

// renameIn renames the River file that a key of a mapping names.
func (m *migration) renameIn(o *object, n *yaml.Node, key string) {
	if value := yamltext.Get(n, key); value != nil && renamed(value.Value) != value.Value {
		m.set(o, value, renamed(value.Value))
	}
}

// followInEnv changes the variables that take their value from a key.
func (m *migration) followInEnv(p *pod, configMap, key string) {
	for _, c := range p.containers {
		for _, variable := range yamltext.Items(yamltext.Get(c, "env")) {
			ref := yamltext.Get(variable, "valueFrom", "configMapKeyRef")
			if yamltext.Text(ref, "name") == configMap && yamltext.Text(ref, "key") == key {
				m.set(p.object, yamltext.Get(ref, "key"), renamed(key))
			}
		}
	}
}
