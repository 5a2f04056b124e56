package otelcfg

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML returns the configuration as a YAML document. The same configuration always gives the same bytes.
func (c *Config) YAML() ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(yamlNode(c.root())); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func yamlNode(n Node) *yaml.Node {
	switch n := n.(type) {
	case *Map:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(n.entries) == 0 {
			node.Style = yaml.FlowStyle // {}: an empty block would read as null
		}
		for _, e := range n.entries {
			key := stringNode(e.key)
			key.HeadComment = e.comment
			node.Content = append(node.Content, key, yamlNode(e.value))
		}
		return node
	case *List:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if shortList(n) {
			node.Style = yaml.FlowStyle
		}
		for _, item := range n.Items {
			node.Content = append(node.Content, yamlNode(item.Value))
		}
		return node
	case Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(bool(n))}
	case Int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(int64(n), 10)}
	case Float:
		return floatNode(float64(n))
	}
	return stringNode(plain(n).(string))
}

func stringNode(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.Contains(s, "\n") {
		node.Style = yaml.LiteralStyle
	}
	return node
}

// floatNode writes whole numbers with a point, so that they stay floats.
func floatNode(f float64) *yaml.Node {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: s}
}

// shortList reports whether a list reads better on one line: ids and numbers do, texts get a line each.
func shortList(l *List) bool {
	for _, item := range l.Items {
		switch item.Value.(type) {
		case *ID, Int, Bool, Float:
		default:
			return false
		}
	}
	return true
}
