package packages

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// githubIssuer is who knows which workflow asks for a certificate.
const githubIssuer = "https://token.actions.githubusercontent.com"

// releaseWorkflow is the identity of a release: the workflow that made it, as the certificate of a keyless signature
// names it.
func releaseWorkflow(version string) string {
	return "https://github.com/otelcol-river/otelcol-river/.github/workflows/release.yml@refs/tags/v" + version
}

// issuerExtension is where a certificate of Sigstore tells who knew the identity.
var issuerExtension = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}

// TestSignatureDocumented: the commands that docs/install.md shows accept what the release workflow signs, and nothing
// else. The authority is one of ours, made here; Sigstore's own, its logs included, cannot be asked from a test.
func TestSignatureDocumented(t *testing.T) {
	authority := newAuthority(t)
	workflow := releaseWorkflow(release(t).Version)
	verify := documentedVerification(t)
	for _, test := range []struct {
		name, identity, issuer string
		spoil                  func(t *testing.T, folder string)
		fails                  string // what the output says
	}{
		{name: "release", identity: workflow, issuer: githubIssuer},
		{name: "another workflow", issuer: githubIssuer, fails: "expected SAN value",
			identity: strings.Replace(workflow, "release.yml", "ci.yml", 1)},
		{name: "another repository", issuer: githubIssuer, fails: "expected SAN value",
			identity: strings.Replace(workflow, "otelcol-river/otelcol-river", "else/otelcol-river", 1)},
		{name: "a branch", issuer: githubIssuer, fails: "expected SAN value",
			identity: strings.Replace(workflow, "tags/v", "heads/v", 1)},
		{name: "another issuer", identity: workflow, issuer: "https://accounts.example.com",
			fails: "expected issuer value"},
		{name: "changed list", identity: workflow, issuer: githubIssuer, fails: "invalid signature",
			spoil: func(t *testing.T, folder string) { appendTo(t, filepath.Join(folder, "checksums.txt"), "\n") }},
		{name: "changed archive", identity: workflow, issuer: githubIssuer, fails: "FAILED",
			spoil: func(t *testing.T, folder string) { appendTo(t, archive(t, folder), "x") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			copyFile(t, filepath.Join(dist(t), "checksums.txt"), filepath.Join(folder, "checksums.txt"))
			copyFile(t, archive(t, dist(t)), filepath.Join(folder, filepath.Base(archive(t, dist(t)))))
			authority.sign(t, filepath.Join(folder, "checksums.txt"), test.identity, test.issuer)
			if test.spoil != nil {
				test.spoil(t, folder)
			}
			out, err := authority.run(t, folder, verify)
			switch {
			case test.fails == "" && err != nil:
				t.Errorf("was not accepted: %v\n%s", err, out)
			case test.fails != "" && err == nil:
				t.Errorf("was accepted:\n%s", out)
			case !strings.Contains(out, test.fails):
				t.Errorf("the output does not say %q:\n%s", test.fails, out)
			}
		})
	}
}

// authority issues certificates as Sigstore does for identities that it has checked.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	trustedRoot string // the file that tells cosign of it
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of this test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	certificate := issue(t, template, template, key, key)
	folder := t.TempDir()
	chain := filepath.Join(folder, "chain.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	if err := os.WriteFile(chain, text, 0o600); err != nil {
		t.Fatal(err)
	}
	trustedRoot := filepath.Join(folder, "trusted-root.json")
	out, err := exec.Command(cosign(t), "trusted-root", "create", "--out", trustedRoot,
		"--fulcio", "url=https://authority.test,certificate-chain="+chain).CombinedOutput()
	if err != nil {
		t.Fatalf("cosign makes no trusted root: %v\n%s", err, out)
	}
	return &authority{key, certificate, trustedRoot}
}

// sign leaves beside a file what the release workflow leaves there, for an identity.
func (a *authority) sign(t *testing.T, path, identity, issuer string) {
	t.Helper()
	subject, err := url.Parse(identity)
	if err != nil {
		t.Fatal(err)
	}
	issuerValue, err := asn1.MarshalWithParams(issuer, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	certificate := issue(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), URIs: []*url.URL{subject},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: issuerExtension, Value: issuerValue}},
	}, a.certificate, key, a.key)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(content)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	bundle, err := json.Marshal(object{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": object{"certificate": object{"rawBytes": certificate.Raw}},
		"messageSignature": object{
			"messageDigest": object{"algorithm": "SHA2_256", "digest": digest[:]},
			"signature":     signature,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".sigstore.json", bundle, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cosign is a command of the shell that is cosign with the shell's arguments, but trusts this authority instead of
// Sigstore and asks for no proof of its logs. All else that the arguments say of a signature holds.
func (a *authority) cosign(t *testing.T) string {
	t.Helper()
	return "verb=$1; shift\nexec '" + cosign(t) + "' \"$verb\" --trusted-root '" + a.trustedRoot +
		"' --insecure-ignore-tlog --insecure-ignore-sct \"$@\"\n"
}

// run runs commands in a folder, with the cosign of this authority.
func (a *authority) run(t *testing.T, folder, commands string) (string, error) {
	t.Helper()
	programs := t.TempDir()
	script := "#!/bin/sh\n" + a.cosign(t)
	program := filepath.Join(programs, "cosign")
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", commands)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"), "HOME="+folder)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issue(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// TestSignatureConfigured: what the release is configured to sign with leaves a signature that cosign accepts. The key
// is one of ours, and nothing is told to Sigstore's logs.
func TestSignatureConfigured(t *testing.T) {
	var release struct {
		Signs []struct {
			Cmd, Signature, Artifacts string
			Args                      []string
		}
	}
	if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(root(t), ".goreleaser.yaml"))), &release); err != nil {
		t.Fatal(err)
	}
	if len(release.Signs) != 1 || release.Signs[0].Artifacts != "checksum" || release.Signs[0].Cmd != "bin/tools/cosign" {
		t.Fatalf("the release signs %+v, not the list of checksums", release.Signs)
	}
	folder := t.TempDir()
	list := filepath.Join(folder, "checksums.txt")
	copyFile(t, filepath.Join(dist(t), "checksums.txt"), list)
	runIn(t, folder, cosign(t), "generate-key-pair")

	fill := strings.NewReplacer("${signature}", release.Signs[0].Signature, "${artifact}", "checksums.txt")
	var args []string
	for _, arg := range release.Signs[0].Args {
		args = append(args, fill.Replace(fill.Replace(arg)))
	}
	args = slices.Insert(args, 1, "--key", "cosign.key", "--tlog-upload=false", "--use-signing-config=false")
	runIn(t, folder, cosign(t), args...)
	runIn(t, folder, cosign(t), "verify-blob", "--key", "cosign.pub", "--insecure-ignore-tlog",
		"--bundle", "checksums.txt.sigstore.json", "checksums.txt")
}

// runIn runs a program that has to succeed in a folder. Keys that it makes have no password.
func runIn(t *testing.T, folder, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "COSIGN_PASSWORD=", "HOME="+folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
}
