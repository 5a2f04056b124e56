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
			for b.Loop() {
				result, diags := riverconv.Convert([]riverconv.Source{source}, riverconv.Options{})
				if diags.HasErrors() {
					b.Fatal(diags[0])
				}
				if _, err := result.YAML(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(components), "ns/component")
		})
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
