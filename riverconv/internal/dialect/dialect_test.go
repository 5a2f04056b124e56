package dialect

import "testing"

func TestParse(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"flow", "flow@0.44"},
		{"alloy", "alloy@1.18"},
		{"flow@0.40", "flow@0.40"},
		{"flow@v0.38.0", "flow@0.38"},
		{"alloy@1.9.2", "alloy@1.9"},
		{"", ""},
		{"river", ""},
		{"alloy@1.19", ""},
		{"flow@1.0", ""},
		{"alloy@1", ""},
		{"alloy@", ""},
		{"alloy@1.-2", ""},
		{"alloy@1.2.3.4", ""},
	} {
		d, err := Parse(test.in)
		got := ""
		if err == nil {
			got = d.String()
		}
		if got != test.want {
			t.Errorf("Parse(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func TestLess(t *testing.T) {
	inOrder := []Version{{0, 40}, {0, 44}, {1, 0}, {1, 2}, {1, 18}}
	for i, v := range inOrder {
		for j, w := range inOrder {
			if v.Less(w) != (i < j) {
				t.Errorf("%v.Less(%v) = %v", v, w, v.Less(w))
			}
		}
	}
}
