package main

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// The bundle holds every root that is trusted without a condition, and no other.
func TestCertificates(t *testing.T) {
	text, err := certificates()
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]bool{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !certificate.IsCA {
			t.Errorf("%s is no authority", certificate.Subject)
		}
		in[string(block.Bytes)] = true
	}
	if len(in) < 100 {
		t.Errorf("only %d certificates", len(in))
	}
	for root := range bundle.Roots() {
		if unconditional := root.Constraint == nil; in[string(root.Certificate)] != unconditional {
			t.Errorf("a root is in: %v, and trusted without a condition: %v", !unconditional, unconditional)
		}
	}
}
