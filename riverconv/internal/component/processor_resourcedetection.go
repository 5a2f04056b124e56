package component

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// resourceDetection holds the arguments of otelcol.processor.resourcedetection: the detectors to ask, and a block for
// the settings of each.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.resourcedetection/
type resourceDetection struct {
	arguments.Block
	Detectors             arguments.Arg `river:"detectors" type:"list(string)" default:"env" oneof:"env akamai aks alibaba_ecs azure consul digitalocean docker dynatrace ec2 ecs eks elasticbeanstalk gcp heroku hetzner kubeadm kubernetes_node lambda nova openshift oraclecloud scaleway system tencent_cvm upcloud vultr" key:"-"`
	Override              arguments.Arg `river:"override" type:"bool" default:"true"`
	FailOnMissingMetadata arguments.Arg `river:"fail_on_missing_metadata" type:"bool" default:"false" in:"alloy"`
	Timeout               arguments.Arg `river:"timeout" type:"duration" default:"5s"`

	Akamai           detector[hosterAttributes]           `river:"akamai,block" in:"alloy"`
	AKS              detector[aksAttributes]              `river:"aks,block"`
	AlibabaECS       strictDetector[machineAttributes]    `river:"alibaba_ecs,block" in:"alloy"`
	Azure            azureDetector                        `river:"azure,block"`
	Consul           consulDetector                       `river:"consul,block"`
	DigitalOcean     detector[hosterAttributes]           `river:"digitalocean,block" in:"alloy"`
	Docker           detector[dockerAttributes]           `river:"docker,block"`
	Dynatrace        *noAttributes                        `river:"dynatrace,block" in:"alloy" lost:"the collector's dynatrace detector has no settings; its name in detectors is enough"`
	EC2              ec2Detector                          `river:"ec2,block"`
	ECS              detector[ecsAttributes]              `river:"ecs,block"`
	EKS              *eksDetector                         `river:"eks,block"`
	ElasticBeanstalk detector[elasticBeanstalkAttributes] `river:"elasticbeanstalk,block"`
	GCP              detector[gcpAttributes]              `river:"gcp,block"`
	Heroku           detector[herokuAttributes]           `river:"heroku,block"`
	Hetzner          detector[hetznerAttributes]          `river:"hetzner,block" in:"alloy"`
	Kubeadm          *kubeadmDetector                     `river:"kubeadm,block" in:"alloy"`
	KubernetesNode   *kubernetesNodeDetector              `river:"kubernetes_node,block" key:"k8snode"`
	Lambda           detector[lambdaAttributes]           `river:"lambda,block"`
	Nova             novaDetector                         `river:"nova,block" in:"alloy"`
	OpenShift        openShiftDetector                    `river:"openshift,block"`
	OracleCloud      detector[oracleCloudAttributes]      `river:"oraclecloud,block" in:"alloy"`
	Scaleway         detector[scalewayAttributes]         `river:"scaleway,block" in:"alloy"`
	System           systemDetector                       `river:"system,block"`
	TencentCVM       strictDetector[machineAttributes]    `river:"tencent_cvm,block" in:"alloy"`
	UpCloud          strictDetector[hosterAttributes]     `river:"upcloud,block" in:"alloy"`
	Vultr            strictDetector[hosterAttributes]     `river:"vultr,block" in:"alloy"`

	Output       output       `river:"output,block,required"`
	DebugMetrics debugMetrics `river:"debug_metrics,block" in:"alloy"`
}

// detector is the block of a detector that has no settings but its attributes.
type detector[A any] struct {
	arguments.Block
	ResourceAttributes A `river:"resource_attributes,block"`
}

// strictDetector is the block of a detector that may fail on missing metadata.
type strictDetector[A any] struct {
	arguments.Block
	FailOnMissingMetadata arguments.Arg `river:"fail_on_missing_metadata" type:"bool" default:"false"`
	ResourceAttributes    A             `river:"resource_attributes,block"`
}

// azureDetector is the azure block.
type azureDetector struct {
	arguments.Block
	Tags               arguments.Arg   `river:"tags" type:"list(string)" in:"alloy"`
	ResourceAttributes azureAttributes `river:"resource_attributes,block"`
}

// consulDetector is the consul block.
type consulDetector struct {
	arguments.Block
	Address            arguments.Arg    `river:"address" type:"string"`
	Datacenter         arguments.Arg    `river:"datacenter" type:"string"`
	Token              arguments.Arg    `river:"token" type:"secret"`
	Namespace          arguments.Arg    `river:"namespace" type:"string"`
	Meta               arguments.Arg    `river:"meta" type:"list(string)" key:"-"`
	ResourceAttributes consulAttributes `river:"resource_attributes,block"`
}

// ec2Detector is the ec2 block.
type ec2Detector struct {
	arguments.Block
	Tags                  arguments.Arg     `river:"tags" type:"list(string)"`
	MaxAttempts           arguments.Arg     `river:"max_attempts" type:"int" default:"3" in:"alloy"`
	MaxBackoff            arguments.Arg     `river:"max_backoff" type:"duration" default:"20s" in:"alloy"`
	FailOnMissingMetadata arguments.Arg     `river:"fail_on_missing_metadata" type:"bool" default:"false" in:"alloy"`
	TagsFromIMDS          arguments.Arg     `river:"tags_from_imds" type:"bool" default:"false" in:"alloy"`
	ResourceAttributes    machineAttributes `river:"resource_attributes,block"`
}

// eksDetector is the eks block.
type eksDetector struct {
	arguments.Block
	NodeFromEnvVar     arguments.Arg `river:"node_from_env_var" type:"string" default:"K8S_NODE_NAME" was:"flow=-" collector:"" in:"alloy"`
	ResourceAttributes eksAttributes `river:"resource_attributes,block"`
}

// kubeadmDetector is the kubeadm block. Unlike the collector, River does not authenticate by default.
type kubeadmDetector struct {
	arguments.Block
	AuthType           arguments.Arg     `river:"auth_type" type:"string" default:"none" collector:"serviceAccount"`
	Context            arguments.Arg     `river:"context" type:"string"`
	ResourceAttributes kubeadmAttributes `river:"resource_attributes,block"`
}

// kubernetesNodeDetector is the kubernetes_node block. Unlike the collector, River does not authenticate by default.
type kubernetesNodeDetector struct {
	arguments.Block
	AuthType           arguments.Arg            `river:"auth_type" type:"string" default:"none" collector:"serviceAccount"`
	Context            arguments.Arg            `river:"context" type:"string"`
	NodeFromEnvVar     arguments.Arg            `river:"node_from_env_var" type:"string" default:"K8S_NODE_NAME"`
	ResourceAttributes kubernetesNodeAttributes `river:"resource_attributes,block"`
}

// novaDetector is the nova block.
type novaDetector struct {
	arguments.Block
	FailOnMissingMetadata arguments.Arg  `river:"fail_on_missing_metadata" type:"bool" default:"false"`
	Labels                arguments.Arg  `river:"labels" type:"list(string)"`
	ResourceAttributes    novaAttributes `river:"resource_attributes,block"`
}

// openShiftDetector is the openshift block.
type openShiftDetector struct {
	arguments.Block
	Address            arguments.Arg       `river:"address" type:"string"`
	Token              arguments.Arg       `river:"token" type:"secret"`
	TLS                tlsClient           `river:"tls,block"`
	ResourceAttributes openShiftAttributes `river:"resource_attributes,block"`
}

// systemDetector is the system block.
type systemDetector struct {
	arguments.Block
	HostnameSources    arguments.Arg    `river:"hostname_sources" type:"list(string)" default:"dns,os" oneof:"dns os cname lookup"`
	ResourceAttributes systemAttributes `river:"resource_attributes,block"`
}

// noAttributes is the block of a detector that has nothing to set.
type noAttributes struct{ arguments.Block }

// attribute is the block of a resource attribute. In all versions of River an attribute that has none is on where it is
// in the collector, apart from those in alwaysOff.
type attribute struct {
	arguments.Block
	Enabled arguments.Arg `river:"enabled,required" type:"bool"`
}

// cloudAttributes holds attributes that most detectors of clouds have.
type cloudAttributes struct {
	CloudPlatform *attribute `river:"cloud.platform,block"`
	CloudProvider *attribute `river:"cloud.provider,block"`
	CloudRegion   *attribute `river:"cloud.region,block"`
}

// hostAttributes holds attributes that most detectors of machines have.
type hostAttributes struct {
	HostID   *attribute `river:"host.id,block"`
	HostName *attribute `river:"host.name,block"`
}

// hosterAttributes is the resource_attributes block of akamai, digitalocean, upcloud and vultr.
type hosterAttributes struct {
	arguments.Block
	Host          hostAttributes `river:",squash"`
	CloudProvider *attribute     `river:"cloud.provider,block"`
	CloudRegion   *attribute     `river:"cloud.region,block"`
}

// machineAttributes is the resource_attributes block of alibaba_ecs, ec2 and tencent_cvm.
type machineAttributes struct {
	arguments.Block
	Cloud                 cloudAttributes `river:",squash"`
	Host                  hostAttributes  `river:",squash"`
	CloudAccountID        *attribute      `river:"cloud.account.id,block"`
	CloudAvailabilityZone *attribute      `river:"cloud.availability_zone,block"`
	HostImageID           *attribute      `river:"host.image.id,block"`
	HostType              *attribute      `river:"host.type,block"`
}

// aksAttributes is the resource_attributes block of aks.
type aksAttributes struct {
	arguments.Block
	CloudPlatform  *attribute `river:"cloud.platform,block"`
	CloudProvider  *attribute `river:"cloud.provider,block"`
	K8sClusterName *attribute `river:"k8s.cluster.name,block" in:"flow@0.41 alloy"`
}

// azureAttributes is the resource_attributes block of azure.
type azureAttributes struct {
	arguments.Block
	Cloud                  cloudAttributes `river:",squash"`
	Host                   hostAttributes  `river:",squash"`
	AzureResourcegroupName *attribute      `river:"azure.resourcegroup.name,block"`
	AzureVMName            *attribute      `river:"azure.vm.name,block"`
	AzureVMScalesetName    *attribute      `river:"azure.vm.scaleset.name,block"`
	AzureVMSize            *attribute      `river:"azure.vm.size,block"`
	CloudAccountID         *attribute      `river:"cloud.account.id,block"`
	CloudAvailabilityZone  *attribute      `river:"cloud.availability_zone,block" in:"alloy"`
}

// consulAttributes is the resource_attributes block of consul.
type consulAttributes struct {
	arguments.Block
	Host        hostAttributes `river:",squash"`
	CloudRegion *attribute     `river:"cloud.region,block"`
}

// dockerAttributes is the resource_attributes block of docker.
type dockerAttributes struct {
	arguments.Block
	HostName *attribute `river:"host.name,block"`
	OSType   *attribute `river:"os.type,block"`
}

// ecsAttributes is the resource_attributes block of ecs.
type ecsAttributes struct {
	arguments.Block
	Cloud                 cloudAttributes `river:",squash"`
	AWSECSClusterARN      *attribute      `river:"aws.ecs.cluster.arn,block"`
	AWSECSLaunchtype      *attribute      `river:"aws.ecs.launchtype,block"`
	AWSECSTaskARN         *attribute      `river:"aws.ecs.task.arn,block"`
	AWSECSTaskFamily      *attribute      `river:"aws.ecs.task.family,block"`
	AWSECSTaskID          *attribute      `river:"aws.ecs.task.id,block" in:"flow@0.41 alloy"`
	AWSECSTaskRevision    *attribute      `river:"aws.ecs.task.revision,block"`
	AWSLogGroupARNs       *attribute      `river:"aws.log.group.arns,block"`
	AWSLogGroupNames      *attribute      `river:"aws.log.group.names,block"`
	AWSLogStreamARNs      *attribute      `river:"aws.log.stream.arns,block"`
	AWSLogStreamNames     *attribute      `river:"aws.log.stream.names,block"`
	CloudAccountID        *attribute      `river:"cloud.account.id,block"`
	CloudAvailabilityZone *attribute      `river:"cloud.availability_zone,block"`
}

// eksAttributes is the resource_attributes block of eks.
type eksAttributes struct {
	arguments.Block
	CloudAccountID *attribute `river:"cloud.account.id,block" in:"alloy"`
	CloudPlatform  *attribute `river:"cloud.platform,block"`
	CloudProvider  *attribute `river:"cloud.provider,block"`
	K8sClusterName *attribute `river:"k8s.cluster.name,block" in:"flow@0.41 alloy"`
}

// elasticBeanstalkAttributes is the resource_attributes block of elasticbeanstalk.
type elasticBeanstalkAttributes struct {
	arguments.Block
	CloudPlatform         *attribute `river:"cloud.platform,block"`
	CloudProvider         *attribute `river:"cloud.provider,block"`
	DeploymentEnvironment *attribute `river:"deployment.environment,block"`
	ServiceInstanceID     *attribute `river:"service.instance.id,block"`
	ServiceVersion        *attribute `river:"service.version,block"`
}

// gcpAttributes is the resource_attributes block of gcp.
type gcpAttributes struct {
	arguments.Block
	Cloud                            cloudAttributes `river:",squash"`
	Host                             hostAttributes  `river:",squash"`
	CloudAccountID                   *attribute      `river:"cloud.account.id,block"`
	CloudAvailabilityZone            *attribute      `river:"cloud.availability_zone,block"`
	FaaSID                           *attribute      `river:"faas.id,block" lost:"the collector names functions by faas.name and faas.instance"`
	FaaSInstance                     *attribute      `river:"faas.instance,block"`
	FaaSName                         *attribute      `river:"faas.name,block"`
	FaaSVersion                      *attribute      `river:"faas.version,block"`
	GCPCloudRunJobExecution          *attribute      `river:"gcp.cloud_run.job.execution,block"`
	GCPCloudRunJobTaskIndex          *attribute      `river:"gcp.cloud_run.job.task_index,block"`
	GCPGCEInstanceGroupManagerName   *attribute      `river:"gcp.gce.instance.group_manager.name,block" in:"alloy" lost:"Alloy never sets this attribute"`
	GCPGCEInstanceGroupManagerRegion *attribute      `river:"gcp.gce.instance.group_manager.region,block" in:"alloy" lost:"Alloy never sets this attribute"`
	GCPGCEInstanceGroupManagerZone   *attribute      `river:"gcp.gce.instance.group_manager.zone,block" in:"alloy" lost:"Alloy never sets this attribute"`
	GCPGCEInstanceHostname           *attribute      `river:"gcp.gce.instance.hostname,block"`
	GCPGCEInstanceName               *attribute      `river:"gcp.gce.instance.name,block"`
	HostType                         *attribute      `river:"host.type,block"`
	K8sClusterName                   *attribute      `river:"k8s.cluster.name,block"`
}

// herokuAttributes is the resource_attributes block of heroku.
type herokuAttributes struct {
	arguments.Block
	CloudProvider                  *attribute `river:"cloud.provider,block"`
	HerokuAppID                    *attribute `river:"heroku.app.id,block"`
	HerokuDynoID                   *attribute `river:"heroku.dyno.id,block"`
	HerokuReleaseCommit            *attribute `river:"heroku.release.commit,block"`
	HerokuReleaseCreationTimestamp *attribute `river:"heroku.release.creation_timestamp,block"`
	ServiceInstanceID              *attribute `river:"service.instance.id,block"`
	ServiceName                    *attribute `river:"service.name,block"`
	ServiceVersion                 *attribute `river:"service.version,block"`
}

// hetznerAttributes is the resource_attributes block of hetzner.
type hetznerAttributes struct {
	arguments.Block
	Host                  hostAttributes `river:",squash"`
	CloudAvailabilityZone *attribute     `river:"cloud.availability_zone,block"`
	CloudProvider         *attribute     `river:"cloud.provider,block"`
	CloudRegion           *attribute     `river:"cloud.region,block"`
}

// kubeadmAttributes is the resource_attributes block of kubeadm.
type kubeadmAttributes struct {
	arguments.Block
	K8sClusterName *attribute `river:"k8s.cluster.name,block"`
	K8sClusterUID  *attribute `river:"k8s.cluster.uid,block"`
}

// kubernetesNodeAttributes is the resource_attributes block of kubernetes_node.
type kubernetesNodeAttributes struct {
	arguments.Block
	K8sNodeName *attribute `river:"k8s.node.name,block"`
	K8sNodeUID  *attribute `river:"k8s.node.uid,block"`
}

// lambdaAttributes is the resource_attributes block of lambda.
type lambdaAttributes struct {
	arguments.Block
	Cloud             cloudAttributes `river:",squash"`
	AWSLogGroupNames  *attribute      `river:"aws.log.group.names,block"`
	AWSLogStreamNames *attribute      `river:"aws.log.stream.names,block"`
	FaaSInstance      *attribute      `river:"faas.instance,block"`
	FaaSMaxMemory     *attribute      `river:"faas.max_memory,block"`
	FaaSName          *attribute      `river:"faas.name,block"`
	FaaSVersion       *attribute      `river:"faas.version,block"`
}

// novaAttributes is the resource_attributes block of nova.
type novaAttributes struct {
	arguments.Block
	Host                  hostAttributes `river:",squash"`
	CloudAvailabilityZone *attribute     `river:"cloud.availability_zone,block"`
	CloudPlatform         *attribute     `river:"cloud.platform,block"`
	CloudProvider         *attribute     `river:"cloud.provider,block"`
	CloudRegion           *attribute     `river:"cloud.region,block" lost:"the collector's nova detector finds no region"`
	HostType              *attribute     `river:"host.type,block"`
}

// openShiftAttributes is the resource_attributes block of openshift.
type openShiftAttributes struct {
	arguments.Block
	Cloud          cloudAttributes `river:",squash"`
	K8sClusterName *attribute      `river:"k8s.cluster.name,block"`
}

// oracleCloudAttributes is the resource_attributes block of oraclecloud.
type oracleCloudAttributes struct {
	arguments.Block
	Cloud                 cloudAttributes `river:",squash"`
	Host                  hostAttributes  `river:",squash"`
	CloudAvailabilityZone *attribute      `river:"cloud.availability_zone,block"`
	HostType              *attribute      `river:"host.type,block"`
	K8sClusterName        *attribute      `river:"k8s.cluster.name,block"`
	OracleCloudRealm      *attribute      `river:"oracle_cloud.realm,block"`
}

// scalewayAttributes is the resource_attributes block of scaleway.
type scalewayAttributes struct {
	arguments.Block
	Cloud                 cloudAttributes `river:",squash"`
	Host                  hostAttributes  `river:",squash"`
	CloudAccountID        *attribute      `river:"cloud.account.id,block"`
	CloudAvailabilityZone *attribute      `river:"cloud.availability_zone,block"`
	HostImageID           *attribute      `river:"host.image.id,block"`
	HostImageName         *attribute      `river:"host.image.name,block"`
	HostType              *attribute      `river:"host.type,block"`
}

// systemAttributes is the resource_attributes block of system.
type systemAttributes struct {
	arguments.Block
	Host               hostAttributes `river:",squash"`
	HostArch           *attribute     `river:"host.arch,block"`
	HostCPUCacheL2Size *attribute     `river:"host.cpu.cache.l2.size,block"`
	HostCPUFamily      *attribute     `river:"host.cpu.family,block"`
	HostCPUModelID     *attribute     `river:"host.cpu.model.id,block"`
	HostCPUModelName   *attribute     `river:"host.cpu.model.name,block"`
	HostCPUStepping    *attribute     `river:"host.cpu.stepping,block"`
	HostCPUVendorID    *attribute     `river:"host.cpu.vendor.id,block"`
	HostInterface      *attribute     `river:"host.interface,block" in:"alloy"`
	HostIP             *attribute     `river:"host.ip,block" in:"flow@0.41 alloy"`
	HostMAC            *attribute     `river:"host.mac,block" in:"flow@0.41 alloy"`
	OSBuildID          *attribute     `river:"os.build.id,block" in:"alloy"`
	OSDescription      *attribute     `river:"os.description,block"`
	OSName             *attribute     `river:"os.name,block" in:"alloy"`
	OSType             *attribute     `river:"os.type,block"`
	OSVersion          *attribute     `river:"os.version,block" in:"alloy"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.resourcedetection",
		Section: otelcfg.Processors,
		Type:    "resource_detection",
		Signals: Signals,
		Outside: true,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.resourcedetection/",
	}, convertResourceDetection)
}

// alwaysOff lists attributes, by the detector that finds them, that the collector has on by default and River cannot
// have on.
var alwaysOff = []struct{ detector, attribute string }{
	{"akamai", "cloud.account.id"},
	{"akamai", "cloud.platform"},
	{"akamai", "host.image.id"},
	{"akamai", "host.image.name"},
	{"akamai", "host.type"},
	{"gcp", "gcp.gce.instance_group_manager.name"},
	{"gcp", "gcp.gce.instance_group_manager.region"},
	{"gcp", "gcp.gce.instance_group_manager.zone"},
	{"kubernetes_node", "k8s.cluster.uid"},
	{"nova", "cloud.account.id"},
}

// inCollector returns the collector's name of a detector. One differs from River's.
func inCollector(detector string) string {
	if detector == "kubernetes_node" {
		return "k8snode"
	}
	return detector
}

func convertResourceDetection(c *Conversion, args *resourceDetection) []Part {
	named := arguments.Literals(args.Detectors)
	checkDetectors(c, args)
	// A block that is absent has defaults, too, and these differ. They matter only where the detector runs.
	if slices.Contains(named, "eks") && args.EKS == nil {
		args.EKS = &eksDetector{}
	}
	if slices.Contains(named, "kubeadm") && args.Kubeadm == nil {
		args.Kubeadm = &kubeadmDetector{}
	}
	if slices.Contains(named, "kubernetes_node") && args.KubernetesNode == nil {
		args.KubernetesNode = &kubernetesNodeDetector{}
	}
	body := &otelcfg.Map{}
	encodeDetectors(c, body, args.Detectors)
	body.Merge(c.Encode(args))
	for _, off := range alwaysOff {
		if slices.Contains(named, off.detector) {
			path := []string{inCollector(off.detector), "resource_attributes", off.attribute, "enabled"}
			body.SetPath(path, otelcfg.Bool(false), diag.Range{}, "")
		}
	}
	encodeConsulMeta(c, body, args.Consul.Meta)
	return c.only(body)
}

// checkDetectors reports detectors that the dialect does not have: each but env has a block of its name.
func checkDetectors(c *Conversion, args *resourceDetection) {
	known := map[string]bool{"env": true}
	for _, a := range arguments.Describe(args, c.Dialect) {
		known[a.Path[0]] = known[a.Path[0]] || a.Block
	}
	for _, item := range args.Detectors.Value.List {
		if name := item.Text.Literal(); !item.Symbolic() && !known[name] {
			c.Diags.Errorf(item.Range, diag.OtherDialect, "pass the -dialect of this file, or remove it",
				"the detector %q does not exist in %s", name, c.Dialect)
		}
	}
}

// encodeDetectors writes the names of the detectors.
func encodeDetectors(c *Conversion, body *otelcfg.Map, detectors arguments.Arg) {
	if !detectors.Set {
		return
	}
	if detectors.Empty() {
		c.Diags.Errorf(detectors.Value.Range, diag.InvalidValue, `name one, or remove the line for ["env"]`,
			"detectors is empty")
	}
	list := arguments.TextsOf(detectors)
	for i, item := range detectors.Value.List {
		if item.Symbolic() {
			c.Diags.Warnf(item.Range, diag.ReadsOtherUnit, "set the variable to k8snode instead of kubernetes_node",
				"detectors: the collector has another name for one detector, and needs settings for some")
			continue
		}
		list.Items[i].Value = otelcfg.Literal(inCollector(item.Text.Literal()))
	}
	body.Put("detectors", list, detectors.Value.Range, detectors.Comment)
}

// encodeConsulMeta writes the names of metadata as keys. The collector reads nothing but these.
func encodeConsulMeta(c *Conversion, body *otelcfg.Map, meta arguments.Arg) {
	if !meta.Set {
		return
	}
	names := &otelcfg.Map{}
	for _, item := range meta.Value.List {
		if item.Symbolic() {
			c.Diags.Errorf(item.Range, diag.InvalidValue, "write the name itself",
				"meta cannot be left to a variable: the collector expands none in keys")
			continue
		}
		names.Put(item.Text.Literal(), otelcfg.Literal(""), item.Range, "")
	}
	body.Set("consul.meta", names, meta.Value.Range, meta.Comment)
}
