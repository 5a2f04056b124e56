// Package balancer is the component otlp_balancer of the collector: it sends each trace, or whatever else is balanced
// by, to one backend out of a list that may change. It has two doors. The receiver takes OTLP over gRPC and HTTP and
// never decodes it; the exporter takes what a pipeline hands it. Behind both stand the same parts: otlpwire takes
// requests apart, placement says which backend a key belongs to, resolver which backends there are, and delivery holds
// what is accepted until a backend has it.
package balancer
