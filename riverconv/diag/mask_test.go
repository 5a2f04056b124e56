package diag

import (
	"bytes"
	"strings"
	"testing"
)

// TestMasked: texts given to secret arguments are replaced in place, all others stay, also where the text does not
// follow the grammar.
func TestMasked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{
		{`password = "secret" // "said"`, `password = "******" // "said"`},
		{`password = "a\"b" name = "c"`, `password = "****" name = "c"`},
		{"password = \"open\nname = \"shown\"", "password = \"****\nname = \"shown\""},
		{"key_pem = `one\n  two`\nname = `shown`", "key_pem = `***\n*****`\nname = `shown`"},
		{"client_secret = \"a\" +\n \"b\"\nname = \"shown\"", "client_secret = \"*\" +\n \"*\"\nname = \"shown\""},
		{`token = env("NAME") + "b"`, `token = env("NAME") + "*"`},
		{`token = sys.env("NAME")`, `token = sys.env("NAME")`},
		{`token = string.format("%s", "b")`, `token = string.format("**", "*")`},
		{`token_file = "shown"`, `token_file = "shown"`},
		{`routing_key = "service"`, `routing_key = "service"`},
		{`// password = "old", the ` + "`", `// password = "***", the ` + "`"},
		{"/* } */ password = \"a\"", "/* } */ password = \"*\""},
		{"headers = {\n\"X-A\" = \"b\",\n\"c\" = \"d\",\n}\nname = \"shown\"",
			"headers = {\n\"X-A\" = \"*\",\n\"c\" = \"*\",\n}\nname = \"shown\""},
		{"header {\nkey = \"shown\"\nvalue = \"a\"\n}\naction {\nvalue = \"shown\"\n}",
			"header {\nkey = \"shown\"\nvalue = \"*\"\n}\naction {\nvalue = \"shown\"\n}"},
		{"argument \"password\" {\n\tdefault = \"a\"\n}", "argument \"password\" {\n\tdefault = \"*\"\n}"},
		{`site = { name = "shown", password = "a", other = "shown" }`,
			`site = { name = "shown", password = "*", other = "shown" }`},
		{"site = {\npassword = \"a\"\n", "site = {\npassword = \"*\"\n"},
		{`url = "https://ada:secret@host:80/a@b"`, `url = "https://ada:******@host:80/a@b"`},
		{`url = "https://ada@host:80/a:b@c"`, `url = "https://ada@host:80/a:b@c"`},
		{"} password = \"a\"", "} password = \"*\""},
		{`password = "` + "é\t" + `x"`, `password = "****"`},
	} {
		if got := string(masked([]byte(c.src), "in.river", nil)); got != c.want {
			t.Errorf("masked:\n%s\nexpected:\n%s\nof:\n%s", got, c.want, c.src)
		}
	}
}

// TestMaskedRange: what a diagnostic calls a plain secret is replaced under any name, and in its own file only.
func TestMaskedRange(t *testing.T) {
	t.Parallel()
	src := []byte("module \"x\" {\n\tpass = \"secret\"\n\tname = \"shown\"\n}\n")
	at := Range{"in.river", Point{2, 9}, Point{2, 16}}
	var list List
	list.Warnf(at, PlainSecret, "do", "a secret")
	list.Warnf(Range{"in.river", Point{3, 9}, Point{3, 15}}, ChangedBehavior, "do", "another finding")
	want := strings.Replace(string(src), "secret", "******", 1)
	if got := string(masked(src, "in.river", list)); got != want {
		t.Errorf("masked:\n%s", got)
	}
	if got := masked(src, "other.river", list); !bytes.Equal(got, src) {
		t.Errorf("another file, masked:\n%s", got)
	}
	var out bytes.Buffer
	if err := WriteText(&out, list, map[string][]byte{"in.river": src}, false); err != nil {
		t.Fatal(err)
	}
	shown := "  2 |     pass = \"******\"\n    |            ^^^^^^^^\n"
	if strings.Contains(out.String(), "secret\"") || !strings.Contains(out.String(), shown) {
		t.Errorf("shown:\n%s", &out)
	}
}

// FuzzMasked: whatever the text, its lines keep their length, and the reading ends.
func FuzzMasked(f *testing.F) {
	for _, seed := range []string{"password = \"a\\", "`", "}{[(\"\n// `", "headers = {", "x = env(\"", "\"\\\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got := bytes.Split(masked(src, "", nil), []byte("\n"))
		for i, line := range bytes.Split(src, []byte("\n")) {
			if len(got[i]) != len(line) {
				t.Fatalf("line %d: %q became %q", i+1, line, got[i])
			}
		}
	})
}
