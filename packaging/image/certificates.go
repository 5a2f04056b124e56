package main

import (
	"bytes"
	"encoding/pem"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// certificates are the root certificates that Mozilla trusts, as the Go project hands them on, in PEM.
//
// Some of them Mozilla trusts under a condition alone, such as "for what was issued before April". A file cannot say
// that, and a root in it would be trusted without. So these are left out; who needs one mounts a file of their own.
func certificates() ([]byte, error) {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}
