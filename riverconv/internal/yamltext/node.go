package yamltext

import "go.yaml.in/yaml/v3"

// Word returns a string, to be inserted.
func Word(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// Words returns a sequence of strings on one line.
func Words(values ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, Word(v))
	}
	return n
}

// List returns a sequence with an item per line.
func List(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   string
	Value *yaml.Node
}

// Map returns a mapping with a line per key.
func Map(entries ...Entry) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, e := range entries {
		n.Content = append(n.Content, Word(e.Key), e.Value)
	}
	return n
}

// Get follows keys of mappings down from a node, through aliases and merged mappings. It returns nil where the path
// ends early.
func Get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		_, n = Lookup(n, key)
		if n == nil {
			return nil
		}
	}
	return Resolve(n)
}

// Lookup returns a key of a mapping and its value, or nil.
func Lookup(n *yaml.Node, key string) (k, v *yaml.Node) { return lookup(n, key, 0) }

// maxMerges bounds mappings that merge each other; in real documents one merges another at most.
const maxMerges = 10

func lookup(n *yaml.Node, key string, depth int) (k, v *yaml.Node) {
	n = Resolve(n)
	if n == nil || n.Kind != yaml.MappingNode || depth > maxMerges {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Kind == yaml.ScalarNode {
			return n.Content[i], n.Content[i+1]
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			return lookup(n.Content[i+1], key, depth+1)
		}
	}
	return nil, nil
}

// Items returns the items of a sequence, and none of anything else.
func Items(n *yaml.Node) []*yaml.Node {
	n = Resolve(n)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = Resolve(item)
	}
	return items
}

// Text returns the value of the scalar at a path, or "".
func Text(n *yaml.Node, keys ...string) string {
	if n = Get(n, keys...); n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return n.Value
	}
	return ""
}

// Resolve returns what an alias stands for, and any other node itself.
func Resolve(n *yaml.Node) *yaml.Node {
	for range maxMerges {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}
