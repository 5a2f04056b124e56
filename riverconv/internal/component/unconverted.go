package component

import "fmt"

// notConverted holds the documented components that riverconv knows only by name, and what to do about each.
var notConverted = map[string]string{
	"otelcol.auth.google":                     byHand("googleclientauth", "extension"),
	"otelcol.connector.host_info":             "no collector component does its job",
	"otelcol.connector.signaltometrics":       byHand("signal_to_metrics", "connector"),
	"otelcol.connector.spanlogs":              "no collector component does its job",
	"otelcol.exporter.awss3":                  byHand("awss3", "exporter"),
	"otelcol.exporter.datadog":                byHand("datadog", "exporter"),
	"otelcol.exporter.faro":                   byHand("faro", "exporter"),
	"otelcol.exporter.googlecloud":            byHand("googlecloud", "exporter"),
	"otelcol.exporter.googlecloudpubsub":      byHand("googlecloudpubsub", "exporter"),
	"otelcol.exporter.splunkhec":              byHand("splunk_hec", "exporter"),
	"otelcol.processor.discovery":             "no collector component does its job; k8s_attributes covers Kubernetes",
	"otelcol.receiver.awscloudwatch":          byHand("aws_cloudwatch", "receiver"),
	"otelcol.receiver.awsecscontainermetrics": byHand("awsecscontainermetrics", "receiver"),
	"otelcol.receiver.awss3":                  byHand("awss3", "receiver"),
	"otelcol.receiver.cloudflare":             byHand("cloudflare", "receiver"),
	"otelcol.receiver.datadog":                byHand("datadog", "receiver"),
	"otelcol.receiver.faro":                   byHand("faro", "receiver"),
	"otelcol.receiver.file_stats":             byHand("file_stats", "receiver"),
	"otelcol.receiver.googlecloudpubsub":      byHand("googlecloudpubsub", "receiver"),
	"otelcol.receiver.influxdb":               byHand("influxdb", "receiver"),
	"otelcol.receiver.loki":                   "use a collector receiver for the same source, such as file_log or syslog",
	"otelcol.receiver.nginx":                  byHand("nginx", "receiver"),
	"otelcol.receiver.opencensus":             "the collector has dropped OpenCensus; send OTLP",
	"otelcol.receiver.prometheus":             "the collector's prometheus receiver scrapes by itself",
	"otelcol.receiver.solace":                 byHand("solace", "receiver"),
	"otelcol.receiver.splunkhec":              byHand("splunk_hec", "receiver"),
	"otelcol.receiver.vcenter":                byHand("vcenter", "receiver"),
}

func byHand(collectorType, kind string) string {
	return fmt.Sprintf("add the collector's %s %s to the converted configuration by hand, and remove this block",
		collectorType, kind)
}
