package component

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authBasic holds the arguments of otelcol.auth.basic. In River one component serves clients and servers; the
// collector's extension is one or the other, so a component that is used both ways becomes two.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.basic/
type authBasic struct {
	arguments.Block
	Username     arguments.Arg    `river:"username" type:"string" key:"client_auth.username" file:"client_auth.username_file"`
	Password     arguments.Arg    `river:"password" type:"secret" key:"client_auth.password" file:"client_auth.password_file"`
	ClientAuth   *basicClientAuth `river:"client_auth,block" in:"alloy"`
	Htpasswd     *basicHtpasswd   `river:"htpasswd,block" in:"alloy"`
	DebugMetrics debugMetrics     `river:"debug_metrics,block" in:"alloy"`
}

// basicClientAuth is the client_auth block: what clients send.
type basicClientAuth struct {
	arguments.Block
	Username     arguments.Arg `river:"username" type:"string" file:"username_file"`
	UsernameFile arguments.Arg `river:"username_file" type:"string"`
	Password     arguments.Arg `river:"password" type:"secret" file:"password_file"`
	PasswordFile arguments.Arg `river:"password_file" type:"string"`
}

// basicHtpasswd is the htpasswd block: whom servers let in.
type basicHtpasswd struct {
	arguments.Block
	File   arguments.Arg `river:"file" type:"string"`
	Inline arguments.Arg `river:"inline" type:"secret"`
}

func init() {
	register(Component{
		Name:    "otelcol.auth.basic",
		Section: otelcfg.Extensions,
		Type:    "basicauth",
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.basic/",
	}, convertAuthBasic)
}

func convertAuthBasic(c *Conversion, args *authBasic) (parts []Part) {
	if !complete(c, args) {
		return nil
	}
	if slices.Contains(c.UsedBy, arguments.Client) {
		if body := clientCredentials(c, args); body != nil {
			parts = append(parts, Part{ID: c.NewID(""), Body: body, Roles: []arguments.Type{arguments.Client}})
		}
	} else if auth := args.ClientAuth; auth != nil {
		c.Diags.Warnf(auth.NameRange, diag.NotUsed, "refer to it from an exporter, or remove the block",
			"no exporter uses %s, and its %q was left out", c.Name(), "client_auth")
	}
	if slices.Contains(c.UsedBy, arguments.Server) {
		if body := serverCredentials(c, args); body != nil {
			parts = append(parts, Part{ID: c.NewID(serverSuffix), Body: body, Roles: []arguments.Type{arguments.Server}})
		}
	} else if htpasswd := args.Htpasswd; htpasswd != nil {
		c.Diags.Warnf(htpasswd.NameRange, diag.NotUsed, "refer to it from a receiver, or remove the block",
			"no receiver uses %s, and its %q was left out", c.Name(), "htpasswd")
	}
	return parts
}

// serverSuffix ends the name of the extension that serves receivers.
const serverSuffix = "_server"

// complete checks what River checks when it loads the component.
func complete(c *Conversion, args *authBasic) bool {
	ok := true
	for _, required := range []struct {
		arg  arguments.Arg
		name string
	}{{args.Username, "username"}, {args.Password, "password"}} {
		other := c.Dialect.Name == dialect.Alloy && (args.ClientAuth != nil || args.Htpasswd != nil)
		half := !args.Username.Empty() && args.Password.Empty() && required.name == "password"
		if required.arg.Empty() && (!other || half) {
			c.Diags.Errorf(c.Range, diag.MissingArgument, "add a line such as: "+required.name+` = "text"`,
				"argument %q is required in %q", required.name, c.Component.Name)
			ok = false
		}
	}
	return ok
}

// clientCredentials returns the settings for exporters. The client_auth block precedes username and password.
func clientCredentials(c *Conversion, args *authBasic) *otelcfg.Map {
	body := &otelcfg.Map{}
	auth := args.ClientAuth
	switch {
	case auth == nil && args.Username.Empty():
		c.Diags.Errorf(c.Range, diag.MissingArgument, "add client_auth { username = ... password = ... }",
			"an exporter uses this component, but it holds no credentials for clients")
		return nil
	case auth == nil:
		auth = &basicClientAuth{Username: args.Username, Password: args.Password}
	case auth.Username.Empty() && auth.UsernameFile.Empty() || auth.Password.Empty() && auth.PasswordFile.Empty():
		c.Diags.Errorf(auth.NameRange, diag.MissingArgument,
			"give username or username_file, and password or password_file", "the client_auth block lacks a name or a password")
		return nil
	default:
		warnOfPrecedence(c, "username", args.Username)
		warnOfPrecedence(c, "password", args.Password)
	}
	body.Set("client_auth", c.Encode(auth), auth.NameRange, auth.Comment)
	return body
}

// warnOfPrecedence tells that an argument does not count beside a client_auth block.
func warnOfPrecedence(c *Conversion, name string, a arguments.Arg) {
	if !a.Empty() {
		c.Diags.Warnf(a.NameRange, diag.PrecedenceApplied, "remove it, unless it is meant for receivers",
			"%q is ignored for exporters: %q takes precedence", name, "client_auth")
	}
}

// serverCredentials returns the settings for receivers. River adds username and password to the htpasswd text as a
// line.
func serverCredentials(c *Conversion, args *authBasic) *otelcfg.Map {
	htpasswd := &otelcfg.Map{}
	var inline otelcfg.Text
	if args.Htpasswd != nil {
		htpasswd = c.Encode(args.Htpasswd)
		inline = arguments.TextOf(args.Htpasswd.Inline)
	}
	if !args.Username.Empty() && !args.Password.Empty() {
		if len(inline.Pieces) > 0 {
			inline = inline.Append(otelcfg.Literal("\n"))
		}
		inline = inline.Append(arguments.TextOf(args.Username)).Append(otelcfg.Literal(":")).
			Append(arguments.TextOf(args.Password))
		inline.Secret = true
		htpasswd.Set("inline", inline, args.Password.NameRange, "")
	}
	if htpasswd.Len() == 0 {
		c.Diags.Errorf(c.Range, diag.MissingArgument, "add htpasswd { inline = ... } or htpasswd { file = ... }",
			"a receiver uses this component, but it holds no credentials for servers")
		return nil
	}
	body := &otelcfg.Map{}
	body.Set("htpasswd", htpasswd, c.Range, "")
	return body
}
