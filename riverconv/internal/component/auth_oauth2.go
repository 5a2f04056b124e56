package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authOAuth2 holds the arguments of otelcol.auth.oauth2. Agent Flow used a token to its last second.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.oauth2/
type authOAuth2 struct {
	arguments.Block
	ClientID                 arguments.Arg `river:"client_id" type:"string"`
	ClientIDFile             arguments.Arg `river:"client_id_file" type:"string" in:"flow@0.41 alloy"`
	ClientSecret             arguments.Arg `river:"client_secret" type:"secret"`
	ClientSecretFile         arguments.Arg `river:"client_secret_file" type:"string" in:"flow@0.41 alloy"`
	ClientCertificateKeyID   arguments.Arg `river:"client_certificate_key_id" type:"string" in:"alloy"`
	ClientCertificateKey     arguments.Arg `river:"client_certificate_key" type:"secret" in:"alloy"`
	ClientCertificateKeyFile arguments.Arg `river:"client_certificate_key_file" type:"string" in:"alloy"`
	GrantType                arguments.Arg `river:"grant_type" type:"string" in:"alloy"`
	SignatureAlgorithm       arguments.Arg `river:"signature_algorithm" type:"string" in:"alloy"`
	Iss                      arguments.Arg `river:"iss" type:"string" in:"alloy"`
	Audience                 arguments.Arg `river:"audience" type:"string" in:"alloy"`
	Claims                   arguments.Arg `river:"claims" type:"map(any)" in:"alloy"`
	TokenURL                 arguments.Arg `river:"token_url,required" type:"string"`
	EndpointParams           arguments.Arg `river:"endpoint_params" type:"map(list(string))"`
	Scopes                   arguments.Arg `river:"scopes" type:"list(string)"`
	Timeout                  arguments.Arg `river:"timeout" type:"duration"`
	ExpiryBuffer             arguments.Arg `river:"expiry_buffer" type:"duration" default:"5m" was:"flow=0s" in:"alloy"`
	TLS                      tlsClient     `river:"tls,block"`
	DebugMetrics             debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register(Component{
		Name:    "otelcol.auth.oauth2",
		Section: otelcfg.Extensions,
		Type:    "oauth2client",
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.oauth2/",
	}, func(c *Conversion, args *authOAuth2) []Part {
		return c.extension(c.Encode(args), arguments.Client)
	})
}
