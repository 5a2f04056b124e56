package riverconv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// TestModulesAreBounded: texts that stand for a configuration, a value or a chain of values without end are refused, by
// one error that says so. Without a bound, each of these would take all memory, or years.
func TestModulesAreBounded(t *testing.T) {
	const twice = "declare \"d\" {\n argument \"v\" {}\n export \"v\" { value = argument.v.value + argument.v.value }\n}\n"
	const copied = "declare \"d\" {\n argument \"v\" {}\n export \"v\" { value = concat(argument.v.value, []) }\n}\n"
	const held = "declare \"d\" {\n argument \"v\" {}\n otelcol.exporter.otlp \"a\" {\n" +
		"  client { endpoint = concat(argument.v.value, []) }\n }\n}\n"
	list := func(elements int) string { return "[" + strings.Repeat("1,", elements) + "]" }
	fromPrevious := func(n int) string { return fmt.Sprintf("d \"a%d\" { v = d.a%d.v }\n", n+1, n) }
	cases := map[string]string{
		"instances that double": lines(60, func(n int) string {
			return fmt.Sprintf("declare \"d%d\" {\n d%[2]d \"a\" {}\n d%[2]d \"b\" {}\n}\n", n, n+1)
		}) + "declare \"d60\" {}\nd0 \"all\" {}\n",
		"exports that double": lines(60, func(n int) string {
			const level = "declare \"d%d\" {\n d%[2]d \"a\" {}\n d%[2]d \"b\" {}\n" +
				" export \"x\" { value = d%[2]d.a.x + d%[2]d.b.x }\n}\n"
			return fmt.Sprintf(level, n, n+1)
		}) + "declare \"d60\" {\n export \"x\" { value = \"\" }\n}\nd0 \"all\" {}\n",
		"a text that doubles":            twice + "d \"a0\" { v = \"text\" }\n" + lines(60, fromPrevious),
		"variables that double":          twice + "d \"a0\" { v = sys.env(\"V\") }\n" + lines(60, fromPrevious),
		"a list in many copies":          copied + "d \"a0\" { v = " + list(30_000) + " }\n" + lines(2000, copyOfFirst),
		"a list in many components":      held + "d \"a0\" { v = " + list(30_000) + " }\n" + lines(2000, sameList(list(300))),
		"a list that is too long":        copied + "d \"a0\" { v = " + list(70_000) + " }\n",
		"values that each need the next": copied + lines(20_000, toNext) + "d \"b20000\" { v = [] }\n",
		"a loop in a loop": "foreach \"a\" {\n collection = " + list(200) + "\n var = \"x\"\n template {\n" +
			"  foreach \"b\" {\n   collection = " + list(200) + "\n   var = \"y\"\n   template {\n" +
			"    otelcol.exporter.debug \"a\" {}\n   }\n  }\n }\n}\n",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := riverconv.Convert([]riverconv.Source{{Name: "in.alloy", Text: []byte(text)}}, riverconv.Options{})
			times := 0
			for _, d := range diags {
				if d.Code == diag.TooLarge {
					times++
				}
			}
			if times != 1 {
				t.Errorf("it is said %d times that it is too large", times)
			}
		})
	}
}

func lines(count int, line func(n int) string) string {
	var b strings.Builder
	for n := range count {
		b.WriteString(line(n))
	}
	return b.String()
}

func copyOfFirst(n int) string { return fmt.Sprintf("d \"b%d\" { v = d.a0.v }\n", n) }

func toNext(n int) string { return fmt.Sprintf("d \"b%d\" { v = d.b%d.v }\n", n, n+1) }

func sameList(list string) func(int) string {
	return func(n int) string { return fmt.Sprintf("d \"b%d\" { v = %s }\n", n, list) }
}
