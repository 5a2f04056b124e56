package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// tlsClient is the tls block of a client.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/#tls-block
type tlsClient struct {
	arguments.Block
	Common             tlsCommon     `river:",squash"`
	Insecure           arguments.Arg `river:"insecure" type:"bool"`
	InsecureSkipVerify arguments.Arg `river:"insecure_skip_verify" type:"bool"`
	ServerName         arguments.Arg `river:"server_name" type:"string" key:"server_name_override"`
}

// tlsServer is the tls block of a server. The documentation of Agent Flow lists three arguments of clients for it, too,
// which its code never read.
type tlsServer struct {
	arguments.Block
	Common             tlsCommon     `river:",squash"`
	ClientCAFile       arguments.Arg `river:"client_ca_file" type:"string"`
	Insecure           arguments.Arg `river:"insecure" type:"bool" in:"flow" lost:"it means nothing for a server; leave out the tls block to serve without TLS"`
	InsecureSkipVerify arguments.Arg `river:"insecure_skip_verify" type:"bool" in:"flow" lost:"it means nothing for a server; client_ca_file decides which clients are trusted"`
	ServerName         arguments.Arg `river:"server_name" type:"string" in:"flow" lost:"it means nothing for a server; the certificate carries the name"`
}

// tlsCommon holds what the tls blocks of clients and servers share.
type tlsCommon struct {
	CAPEM                       arguments.Arg `river:"ca_pem" type:"string" file:"ca_file"`
	CAFile                      arguments.Arg `river:"ca_file" type:"string"`
	CertPEM                     arguments.Arg `river:"cert_pem" type:"string" file:"cert_file"`
	CertFile                    arguments.Arg `river:"cert_file" type:"string"`
	KeyPEM                      arguments.Arg `river:"key_pem" type:"secret" file:"key_file"`
	KeyFile                     arguments.Arg `river:"key_file" type:"string"`
	MinVersion                  arguments.Arg `river:"min_version" type:"string"`
	MaxVersion                  arguments.Arg `river:"max_version" type:"string"`
	ReloadInterval              arguments.Arg `river:"reload_interval" type:"duration"`
	CipherSuites                arguments.Arg `river:"cipher_suites" type:"list(string)" in:"flow@0.41 alloy"`
	IncludeInsecureCipherSuites arguments.Arg `river:"include_insecure_cipher_suites" type:"bool" in:"alloy"`
	IncludeSystemCACertsPool    arguments.Arg `river:"include_system_ca_certs_pool" type:"bool" in:"flow@0.41 alloy"`
	CurvePreferences            arguments.Arg `river:"curve_preferences" type:"list(string)" in:"alloy"`
	TPM                         *tlsTPM       `river:"tpm,block" in:"alloy"`
}

// tlsTPM is the tpm block of Alloy: a key kept in a trusted platform module.
type tlsTPM struct {
	arguments.Block
	Enabled   arguments.Arg `river:"enabled" type:"bool"`
	Path      arguments.Arg `river:"path" type:"string"`
	OwnerAuth arguments.Arg `river:"owner_auth" type:"secret"`
	Auth      arguments.Arg `river:"auth" type:"secret"`
}
