package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// sinkAuth holds how the endpoint of a sink authenticates and encrypts.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/prometheus.remote_write/#basic_auth-block
type sinkAuth struct {
	BasicAuth       *sinkBasicAuth     `river:"basic_auth,block" key:"-"`
	BearerToken     arguments.Arg      `river:"bearer_token" type:"secret" key:"-"`
	BearerTokenFile arguments.Arg      `river:"bearer_token_file" type:"string" key:"-"`
	Authorization   *sinkAuthorization `river:"authorization,block" key:"-"`
	TLS             *sinkTLS           `river:"tls_config,block" key:"tls"`
	OAuth2          *arguments.Opaque  `river:"oauth2,block" key:"-"`
	SigV4           *arguments.Opaque  `river:"sigv4,block" key:"-"`
	AzureAD         *arguments.Opaque  `river:"azuread,block" key:"-"`
}

// sinkBasicAuth is the basic_auth block.
type sinkBasicAuth struct {
	arguments.Block
	Username     arguments.Arg `river:"username" type:"string" file:"username_file"`
	Password     arguments.Arg `river:"password" type:"secret" file:"password_file"`
	PasswordFile arguments.Arg `river:"password_file" type:"string"`
}

// sinkAuthorization is the authorization block.
type sinkAuthorization struct {
	arguments.Block
	Type            arguments.Arg `river:"type" type:"string" key:"scheme"`
	Credentials     arguments.Arg `river:"credentials" type:"secret" key:"token" file:"filename"`
	CredentialsFile arguments.Arg `river:"credentials_file" type:"string" key:"filename"`
}

// sinkTLS is the tls_config block.
type sinkTLS struct {
	arguments.Block
	CAPEM              arguments.Arg `river:"ca_pem" type:"string" file:"ca_file"`
	CAFile             arguments.Arg `river:"ca_file" type:"string"`
	CertPEM            arguments.Arg `river:"cert_pem" type:"string" file:"cert_file"`
	CertFile           arguments.Arg `river:"cert_file" type:"string"`
	KeyPEM             arguments.Arg `river:"key_pem" type:"secret" file:"key_file"`
	KeyFile            arguments.Arg `river:"key_file" type:"string"`
	ServerName         arguments.Arg `river:"server_name" type:"string" key:"server_name_override"`
	InsecureSkipVerify arguments.Arg `river:"insecure_skip_verify" type:"bool"`
	MinVersion         arguments.Arg `river:"min_version" type:"string" key:"-"`
}

// tlsVersions translates the names of TLS versions.
var tlsVersions = map[string]string{"TLS10": "1.0", "TLS11": "1.1", "TLS12": "1.2", "TLS13": "1.3"}

// encodeAuth adds to the body of an exporter how its endpoint authenticates. It returns the extension that this needs,
// if any, under the exporter's own name.
func (c *Conversion) encodeAuth(auth *sinkAuth, exporter *otelcfg.ID, body *otelcfg.Map) (parts []Part) {
	for _, refused := range []struct {
		name  string
		block *arguments.Opaque
	}{{"oauth2", auth.OAuth2}, {"sigv4", auth.SigV4}, {"azuread", auth.AzureAD}} {
		if refused.block != nil {
			c.Diags.Errorf(refused.block.NameRange, diag.UnsupportedComponent,
				"authenticate in another way, or add the collector's extension to the converted configuration by hand",
				"block %q is not converted here", refused.name)
		}
	}
	if auth.TLS != nil {
		if v := auth.TLS.MinVersion; v.Set {
			body.Set("tls.min_version", otelcfg.Literal(tlsVersions[v.Text()]), v.Value.Range, v.Comment)
		}
	}
	given := 0
	for _, present := range []bool{
		auth.BasicAuth != nil, auth.Authorization != nil, !auth.BearerToken.Empty(), !auth.BearerTokenFile.Empty(),
	} {
		if present {
			given++
		}
	}
	if given > 1 {
		c.Diags.Errorf(c.Range, diag.InvalidValue,
			"keep one of basic_auth, authorization, bearer_token and bearer_token_file",
			"an endpoint behind %s authenticates in %d ways", c.Name(), given)
	}
	var id *otelcfg.ID
	settings := &otelcfg.Map{}
	switch {
	case auth.BasicAuth != nil:
		id = &otelcfg.ID{Type: "basicauth", Name: exporter.Name}
		settings.Set("client_auth", c.Encode(auth.BasicAuth), auth.BasicAuth.NameRange, auth.BasicAuth.Comment)
	case auth.Authorization != nil:
		id = &otelcfg.ID{Type: "bearertokenauth", Name: exporter.Name}
		settings = c.Encode(auth.Authorization)
	case !auth.BearerToken.Empty():
		id = &otelcfg.ID{Type: "bearertokenauth", Name: exporter.Name}
		settings = c.Encode(&sinkAuthorization{Credentials: auth.BearerToken})
	case !auth.BearerTokenFile.Empty():
		id = &otelcfg.ID{Type: "bearertokenauth", Name: exporter.Name}
		settings = c.Encode(&sinkAuthorization{CredentialsFile: auth.BearerTokenFile})
	default:
		return nil
	}
	body.Set("auth.authenticator", id, c.Range, "")
	return []Part{{Section: otelcfg.Extensions, ID: id, Body: settings}}
}
