package distribution

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"
)

const updatesFile = ".github/renovate.json"

// updates is what we look at of the file that says how dependencies are updated.
type updates struct {
	PackageRules []struct {
		GroupName         string
		MatchPackageNames []string
	}
	CustomManagers []struct {
		ManagerFilePatterns, MatchStrings []string
	}
}

func readUpdates(t *testing.T) (u updates) {
	t.Helper()
	if err := json.Unmarshal([]byte(readText(t, updatesFile)), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestUpdatesMoveTogether: all modules that stand at a version of the collector's release are in the group that is
// updated in one step, wherever they are required.
func TestUpdatesMoveTogether(t *testing.T) {
	var group []string
	for _, rule := range readUpdates(t).PackageRules {
		if rule.GroupName == "collector" {
			group = rule.MatchPackageNames
		}
	}
	released := map[string]bool{}
	for _, version := range readManifest(t) {
		released[version] = true
	}
	for _, file := range []string{"go.mod", "e2e/factories/go.mod", "e2e/kube/go.mod"} {
		mod, err := modfile.Parse(file, []byte(readText(t, file)), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range mod.Require {
			inGroup := slices.ContainsFunc(group, func(pattern string) bool {
				prefix, all := strings.CutSuffix(pattern, "**")
				return r.Mod.Path == pattern || all && strings.HasPrefix(r.Mod.Path, prefix)
			})
			if released[r.Mod.Version] != inGroup {
				t.Errorf("%s: %s %s and the group \"collector\" of %s do not agree", file, r.Mod.Path, r.Mod.Version,
					updatesFile)
			}
		}
	}
}

// TestUpdatesFindVersions: what is updated besides go.mod is found, with its version: each component of the manifest,
// and each program that the Makefile runs by version.
func TestUpdatesFindVersions(t *testing.T) {
	found := map[string]map[string]string{}
	for _, manager := range readUpdates(t).CustomManagers {
		file := strings.ReplaceAll(strings.Trim(manager.ManagerFilePatterns[0], "/^$"), `\`, "")
		pattern, err := regexp.Compile(manager.MatchStrings[0])
		if err != nil {
			t.Fatal(err)
		}
		found[file] = map[string]string{}
		for _, m := range pattern.FindAllStringSubmatch(readText(t, file), -1) {
			found[file][m[pattern.SubexpIndex("depName")]] = m[pattern.SubexpIndex("currentValue")]
		}
	}
	manifest := readManifest(t)
	for module, version := range manifest {
		if found[manifestFile][module] != version {
			t.Errorf("%s %s is not found, but %q", module, version, found[manifestFile][module])
		}
	}
	if len(found[manifestFile]) != len(manifest) {
		t.Errorf("%d modules are found in %s, which has %d", len(found[manifestFile]), manifestFile, len(manifest))
	}
	for _, module := range []string{
		"github.com/golangci/golangci-lint/v2", "sigs.k8s.io/kustomize/kustomize/v5", "github.com/rhysd/actionlint",
		"golang.org/x/vuln",
	} {
		if !strings.Contains(readText(t, "Makefile"), "@"+found["Makefile"][module]+"\n") {
			t.Errorf("%s is not found in the Makefile", module)
		}
	}
	if pinned := strings.Count(readText(t, "Makefile"), "@v"); len(found["Makefile"]) != pinned {
		t.Errorf("%d programs are found in the Makefile, which pins %d", len(found["Makefile"]), pinned)
	}
}

// TestIssueForms: the forms for issues have what GitHub demands of them, or it shows none.
func TestIssueForms(t *testing.T) {
	files, err := filepath.Glob(".github/ISSUE_TEMPLATE/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d forms: %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) != "config.yml" {
			t.Run(filepath.Base(file), func(t *testing.T) { checkIssueForm(t, file) })
		}
	}
}

func checkIssueForm(t *testing.T, file string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var form struct {
		Name, Description string
		Labels            []string
		Body              []struct {
			Type, ID    string
			Attributes  struct{ Label, Description, Value, Placeholder, Render string }
			Validations struct{ Required bool }
		}
	}
	decoder := yaml.NewDecoder(in)
	decoder.KnownFields(true)
	if err := decoder.Decode(&form); err != nil {
		t.Fatal(err)
	}
	if form.Name == "" || form.Description == "" {
		t.Error("it lacks a name or a description")
	}
	ids, fields := map[string]bool{}, 0
	for _, part := range form.Body {
		switch part.Type {
		case "markdown":
			if part.Attributes.Value == "" {
				t.Error("a text is empty")
			}
		case "input", "textarea":
			fields++
			if part.Attributes.Label == "" || part.ID == "" || ids[part.ID] {
				t.Errorf("the field %q has no label, or an id that is not its own", part.ID)
			}
			ids[part.ID] = true
		default:
			t.Errorf("a part is a %q, which is not known", part.Type)
		}
	}
	if fields == 0 {
		t.Error("it has no field")
	}
}
