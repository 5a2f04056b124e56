package nearest

import "testing"

func TestName(t *testing.T) {
	names := []string{"routing_key", "resolver", "protocol", "timeout",
		"otelcol.exporter.loki", "otelcol.exporter.otlp"}
	for _, test := range []struct{ given, want string }{
		{"routing_kye", "routing_key"},
		{"ruoting_key", "routing_key"},
		{"resolvr", "resolver"},
		{"timeouts", "timeout"},
		{"queue", ""},
		{"", ""},
		{"protocol", "protocol"},
		{"otelcol.exporter.oltp", "otelcol.exporter.otlp"},
		{"otelcol.exporter.zipkin", ""},
		{"otelcol.exportr.otlp", "otelcol.exporter.otlp"},
	} {
		if got := Name(test.given, names); got != test.want {
			t.Errorf("Name(%q) = %q, want %q", test.given, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "ab", 2},
		{"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "ac", 1}, {"ca", "abc", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
