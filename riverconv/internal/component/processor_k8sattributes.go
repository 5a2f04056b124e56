package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// k8sAttributes holds the arguments of otelcol.processor.k8sattributes.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.k8sattributes/
type k8sAttributes struct {
	arguments.Block
	AuthType               arguments.Arg    `river:"auth_type" type:"string" oneof:"serviceAccount kubeConfig none tls ''"`
	Passthrough            arguments.Arg    `river:"passthrough" type:"bool"`
	WaitForMetadata        arguments.Arg    `river:"wait_for_metadata" type:"bool" in:"alloy"`
	WaitForMetadataTimeout arguments.Arg    `river:"wait_for_metadata_timeout" type:"duration" default:"10s" in:"alloy"`
	WatchSyncPeriod        arguments.Arg    `river:"watch_sync_period" type:"duration" default:"5m" in:"alloy"`
	PodDeleteGracePeriod   arguments.Arg    `river:"pod_delete_grace_period" type:"duration" default:"2m" in:"alloy"`
	Extract                k8sExtract       `river:"extract,block"`
	Filter                 k8sFilter        `river:"filter,block"`
	PodAssociation         []k8sAssociation `river:"pod_association,block"`
	Exclude                *k8sExclude      `river:"exclude,block"`
	Output                 output           `river:"output,block,required"`
	DebugMetrics           debugMetrics     `river:"debug_metrics,block" in:"alloy"`
}

// k8sExtract is the extract block: which attributes to add.
type k8sExtract struct {
	arguments.Block
	Metadata                     arguments.Arg    `river:"metadata" type:"list(string)"`
	OTelAnnotations              arguments.Arg    `river:"otel_annotations" type:"bool" in:"alloy"`
	DeploymentNameFromReplicaset arguments.Arg    `river:"deployment_name_from_replicaset" type:"bool" default:"true" in:"alloy"`
	Annotations                  []k8sExtractRule `river:"annotation,block" key:"annotations"`
	Labels                       []k8sExtractRule `river:"label,block" key:"labels"`
}

// k8sExtractRule is an annotation or label block.
type k8sExtractRule struct {
	arguments.Block
	TagName  arguments.Arg `river:"tag_name" type:"string"`
	Key      arguments.Arg `river:"key" type:"string"`
	KeyRegex arguments.Arg `river:"key_regex" type:"string"`
	From     arguments.Arg `river:"from" type:"string" oneof:"pod namespace node deployment statefulset daemonset job ''"`
	Regex    arguments.Arg `river:"regex" type:"string" in:"flow" lost:"the collector has dropped it; take the part out of the attribute with a transform processor"`
}

// k8sFilter is the filter block: which pods to look at.
type k8sFilter struct {
	arguments.Block
	Node      arguments.Arg   `river:"node" type:"string"`
	Namespace arguments.Arg   `river:"namespace" type:"string"`
	Fields    []k8sFilterRule `river:"field,block" key:"fields"`
	Labels    []k8sFilterRule `river:"label,block" key:"labels"`
}

// k8sFilterRule is a field or label block.
type k8sFilterRule struct {
	arguments.Block
	Key   arguments.Arg `river:"key,required" type:"string"`
	Value arguments.Arg `river:"value,required" type:"string"`
	Op    arguments.Arg `river:"op" type:"string" oneof:"equals not-equals exists does-not-exist ''"`
}

// k8sAssociation is a pod_association block: how to find the pod of a signal.
type k8sAssociation struct {
	arguments.Block
	Sources []k8sAssociationSource `river:"source,block,required" key:"sources"`
}

// k8sAssociationSource is a source block.
type k8sAssociationSource struct {
	arguments.Block
	From arguments.Arg `river:"from,required" type:"string" oneof:"connection resource_attribute"`
	Name arguments.Arg `river:"name" type:"string"`
}

// k8sExclude is the exclude block.
type k8sExclude struct {
	arguments.Block
	Pods []k8sExcludedPod `river:"pod,block" key:"pods"`
}

// k8sExcludedPod is a pod block.
type k8sExcludedPod struct {
	arguments.Block
	Name arguments.Arg `river:"name,required" type:"string"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.k8sattributes",
		Section: otelcfg.Processors,
		Type:    "k8s_attributes",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.k8sattributes/",
	}, convertK8sAttributes)
}

// convertK8sAttributes leaves an empty auth_type out: River takes it for its default, the collector refuses it.
func convertK8sAttributes(c *Conversion, args *k8sAttributes) []Part {
	if args.AuthType.Empty() {
		args.AuthType = arguments.Arg{}
	}
	return c.only(c.Encode(args))
}
