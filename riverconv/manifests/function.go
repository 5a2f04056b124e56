package manifests

import (
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// IsResourceList reports whether a text is what kustomize and kpt pass to a function.
func IsResourceList(list riverconv.Source) bool {
	parsed, err := yamltext.Parse(list.Text)
	return err == nil && len(parsed.Documents) == 1 && yamltext.Text(parsed.Documents[0], "kind") == "ResourceList"
}

// Function converts the items of a ResourceList, as a function of kustomize and kpt (a KRM function) does. The
// diagnostics stand in the results of the list that it returns; with errors among them, its items are as they were. The
// data of the list's functionConfig may hold image, keep-river, dialect and partial, which count before the options.
func Function(list riverconv.Source, opts Options) ([]byte, diag.List) {
	parsed, err := yamltext.Parse(list.Text)
	if err != nil || len(parsed.Documents) != 1 {
		_, diags := Convert([]riverconv.Source{list}, opts)
		return list.Text, diags
	}
	f := &file{list.Name, parsed}
	root := parsed.Documents[0]
	diags := readFunctionConfig(f, yamltext.Get(root, "functionConfig"), &opts)
	text := list.Text
	if !diags.HasErrors() {
		result, found := Convert([]riverconv.Source{list}, opts)
		diags = append(diags, found...)
		if !diags.HasErrors() {
			text = result.Files[0].Text
		}
	}
	out, err := withResults(text, resultsOf(objects(f, root), diags))
	if err != nil {
		diags.Errorf(f.firstPlace(), diag.InvalidValue, "write the list in block style",
			"the results cannot be added to the list: %v", err)
		return list.Text, diags
	}
	return out, diags
}

// readFunctionConfig reads the options that come with a list.
func readFunctionConfig(f *file, config *yaml.Node, opts *Options) (diags diag.List) {
	data := yamltext.Get(config, "data")
	if data == nil || data.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(data.Content); i += 2 {
		key, value := data.Content[i], yamltext.Resolve(data.Content[i+1])
		var err error
		switch key.Value {
		case "image":
			opts.Image = valueOf(value)
		case "dialect":
			opts.Dialect = valueOf(value)
			err = riverconv.CheckDialect(opts.Dialect)
		case "keep-river":
			opts.KeepRiver, err = truth(value)
		case "partial":
			opts.Partial, err = truth(value)
		default:
			diags.Errorf(f.at(key), diag.UnknownArgument, "use image, keep-river, dialect or partial",
				"unknown option %q in the functionConfig", key.Value)
		}
		if err != nil {
			diags.Errorf(f.at(key), diag.InvalidValue, "correct it", "%s: %v", key.Value, err)
		}
	}
	return diags
}

func truth(n *yaml.Node) (bool, error) {
	switch valueOf(n) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("use true or false")
}

// resultsOf turns diagnostics into results, each with the object at its place.
func resultsOf(all []*object, diags diag.List) *yaml.Node {
	list := yamltext.List()
	for _, d := range diags {
		message := d.Summary
		if d.Detail != "" {
			message += " (" + d.Detail + ")"
		}
		entries := []yamltext.Entry{
			{Key: "message", Value: yamltext.Word(message)},
			{Key: "severity", Value: yamltext.Word(d.Severity.String())},
		}
		if o := objectAt(all, d.Range.Start.Line); o != nil {
			entries = append(entries, yamltext.Entry{Key: "resourceRef", Value: reference(o)})
			if where := fileOf(o); where != nil {
				entries = append(entries, yamltext.Entry{Key: "file", Value: where})
			}
		}
		code := yamltext.Entry{Key: "code", Value: yamltext.Word(string(d.Code))}
		entries = append(entries, yamltext.Entry{Key: "tags", Value: yamltext.Map(code)})
		list.Content = append(list.Content, yamltext.Map(entries...))
	}
	return list
}

// objectAt returns the last object that starts at or above a line.
func objectAt(all []*object, line int) (found *object) {
	for _, o := range all {
		if o.root.Line <= line {
			found = o
		}
	}
	return found
}

// reference names an object.
func reference(o *object) *yaml.Node {
	entries := []yamltext.Entry{
		{Key: "apiVersion", Value: yamltext.Word(yamltext.Text(o.root, "apiVersion"))},
		{Key: "kind", Value: yamltext.Word(o.kind)},
		{Key: "name", Value: yamltext.Word(o.name)},
	}
	if o.namespace != "" {
		entries = append(entries, yamltext.Entry{Key: "namespace", Value: yamltext.Word(o.namespace)})
	}
	return yamltext.Map(entries...)
}

// fileOf returns the file that an object came from, as the program that calls functions noted it, or nil.
func fileOf(o *object) *yaml.Node {
	for _, prefix := range []string{"internal.config.kubernetes.io/", "config.kubernetes.io/"} {
		if where := yamltext.Text(o.root, "metadata", "annotations", prefix+"path"); where != "" {
			return yamltext.Map(yamltext.Entry{Key: "path", Value: yamltext.Word(where)})
		}
	}
	return nil
}

// withResults puts results into a list, in place of those that it holds.
func withResults(text []byte, results *yaml.Node) ([]byte, error) {
	f, err := yamltext.Parse(text)
	if err != nil {
		return nil, err
	}
	root := f.Documents[0]
	old, _ := yamltext.Lookup(root, "results")
	if old != nil {
		f.Remove(old)
	}
	if len(results.Content) > 0 {
		f.Insert(root.Content[len(root.Content)-2], yamltext.Map(yamltext.Entry{Key: "results", Value: results}))
	}
	out, _, err := f.Apply()
	return out, err
}
