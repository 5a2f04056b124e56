package harness

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// apiServer is the binary that e2e/kube is built to: kube-apiserver and its store.
const apiServer = "kube-apiserver"

// APIServer is a Kubernetes API server with a store of its own, with TLS and RBAC. No other part of Kubernetes runs:
// what a controller would do, such as writing EndpointSlices, is for the test to do.
type APIServer struct {
	*Process
	folder string
	host   string
	port   string
	token  string // of an administrator
	ca     []byte
	files  apiServerFiles
}

// apiServerFiles are the files that the server is started with.
type apiServerFiles struct{ certificate, key, tokens, signingKey string }

// StartAPIServer starts a server at an address, HOST:PORT of IPv4, and returns when it is ready. It keeps its store and
// its keys in a folder.
func StartAPIServer(ctx context.Context, folder, addr string) (*APIServer, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	s := &APIServer{folder: folder, host: host, port: port}
	if err := s.writeFiles(); err != nil {
		return nil, err
	}
	if err := s.Start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Start starts the server again, with what its store held when it ended.
func (s *APIServer) Start(ctx context.Context) error {
	path, err := Binary(apiServer)
	if err != nil {
		return err
	}
	p, err := startProcess("the API server", path, []string{
		s.folder,
		"--bind-address=" + s.host, "--secure-port=" + s.port, "--advertise-address=" + s.host,
		"--tls-cert-file=" + s.files.certificate, "--tls-private-key-file=" + s.files.key,
		"--token-auth-file=" + s.files.tokens, "--anonymous-auth=false",
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file=" + s.files.signingKey, "--service-account-key-file=" + s.files.signingKey,
		"--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none",
	}, nil)
	if err != nil {
		return err
	}
	s.Process = p
	if err := s.ready(ctx); err != nil {
		return errors.Join(err, s.Kill(), fmt.Errorf("log of the API server:\n%s", s.Log()))
	}
	return nil
}

// ready waits until the server says that all of it is ready.
func (s *APIServer) ready(ctx context.Context) error {
	client, err := s.Admin()
	if err != nil {
		return err
	}
	var ended error
	err = Until(ctx, "the API server to be ready", func() (bool, string) {
		if !s.alive() {
			ended = fmt.Errorf("the API server ended before it was ready: %s", s.cmd.ProcessState)
			return true, ""
		}
		answer, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, fmt.Sprintf("%v %s", err, answer)
	})
	return errors.Join(ended, err)
}

// Admin is a client of an administrator.
func (s *APIServer) Admin() (*kubernetes.Clientset, error) {
	return kubernetes.NewForConfig(s.AdminConfig())
}

// AdminConfig is what a client of an administrator needs to know.
func (s *APIServer) AdminConfig() *rest.Config {
	return &rest.Config{
		Host: "https://" + net.JoinHostPort(s.host, s.port), BearerToken: s.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: s.ca}, QPS: -1,
	}
}

// CA is the certificate that clients trust, as PEM text.
func (s *APIServer) CA() []byte { return s.ca }

// PodEnv is what tells programs in a pod where the server is.
func (s *APIServer) PodEnv() []string {
	return []string{"KUBERNETES_SERVICE_HOST=" + s.host, "KUBERNETES_SERVICE_PORT=" + s.port}
}

// writeFiles makes the certificate, the key that signs tokens of service accounts, and the token of an administrator.
func (s *APIServer) writeFiles() error {
	certificate, text, err := NewCertificate(s.host)
	if err != nil {
		return err
	}
	s.ca = text
	key, err := keyText(certificate.PrivateKey)
	if err != nil {
		return err
	}
	signing, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signingKey, err := keyText(signing)
	if err != nil {
		return err
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret) // it never fails
	s.token = hex.EncodeToString(secret)
	for _, file := range []struct {
		path *string
		name string
		text []byte
	}{
		{&s.files.certificate, "server.pem", text}, {&s.files.key, "server.key", key},
		{&s.files.signingKey, "signing.key", signingKey},
		{&s.files.tokens, "tokens.csv", []byte(s.token + `,admin,admin,"system:masters"` + "\n")},
	} {
		*file.path = filepath.Join(s.folder, file.name)
		if err := os.WriteFile(*file.path, file.text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// keyText writes a key in the one form that the server reads for both of its purposes.
func keyText(key crypto.PrivateKey) ([]byte, error) {
	elliptic, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T has no such form", key)
	}
	der, err := x509.MarshalECPrivateKey(elliptic)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
