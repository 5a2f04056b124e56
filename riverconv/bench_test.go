package riverconv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// BenchmarkConvert converts configurations of 10 to 10,000 components: receivers, each with a chain of processors of
// its own, and an exporter for ten of them. The time per component should stay the same.
func BenchmarkConvert(b *testing.B) {
	for _, components := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(components), func(b *testing.B) {
			source := riverconv.Source{Name: "in.river", Text: []byte(configuration(components))}
			b.ReportAllocs()
			for b.Loop() {
				convertToYAML(b, source)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(components), "ns/component")
		})
	}
}

// TestConvertLinear: ten times the components take about ten times the memory, counted in allocations, which are the
// same on any machine. More than that would be work that grows faster than the file, in time as well.
func TestConvertLinear(t *testing.T) {
	allocations := func(components int) float64 {
		source := riverconv.Source{Name: "in.river", Text: []byte(configuration(components))}
		return testing.AllocsPerRun(1, func() { convertToYAML(t, source) })
	}
	for components := 10; components < 10_000; components *= 10 {
		few, many := allocations(components), allocations(10*components)
		if many > 11*few {
			t.Errorf("%d components take %.0f allocations, %d take %.0f: %.1f times as many",
				components, few, 10*components, many, many/few)
		}
	}
}

func convertToYAML(tb testing.TB, source riverconv.Source) {
	tb.Helper()
	result, diags := riverconv.Convert([]riverconv.Source{source}, riverconv.Options{})
	if diags.HasErrors() {
		tb.Fatal(diags[0])
	}
	if _, err := result.YAML(); err != nil {
		tb.Fatal(err)
	}
}

// configuration writes a configuration of about so many components.
func configuration(components int) string {
	var b strings.Builder
	const chain = 10 // one receiver, eight processors and one exporter
	for i := range components / chain {
		next := fmt.Sprintf("otelcol.processor.attributes.p%d_0.input", i)
		fmt.Fprintf(&b, "otelcol.receiver.otlp \"r%d\" {\n\tgrpc {}\n\toutput {\n\t\ttraces = [%s]\n\t}\n}\n", i, next)
		for p := range chain - 2 {
			next = fmt.Sprintf("otelcol.processor.attributes.p%d_%d.input", i, p+1)
			if p == chain-3 {
				next = fmt.Sprintf("otelcol.exporter.otlp.e%d.input", i)
			}
			fmt.Fprintf(&b, "otelcol.processor.attributes \"p%d_%d\" {\n\taction {\n\t\tkey = \"k\"\n\t\tvalue = %d\n"+
				"\t\taction = \"insert\"\n\t}\n\toutput {\n\t\ttraces = [%s]\n\t}\n}\n", i, p, p, next)
		}
		fmt.Fprintf(&b, "otelcol.exporter.otlp \"e%d\" {\n\tclient {\n\t\tendpoint = \"tempo-%d:4317\"\n\t}\n}\n", i, i)
	}
	return b.String()
}
