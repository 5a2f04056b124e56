package harness

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
)

// Form is how a client writes what it sends. The zero value is protobuf as it is.
type Form struct {
	JSON bool // over HTTP
	Gzip bool
}

// request and response are what the messages of all signals can do.
type (
	request interface {
		MarshalProto() ([]byte, error)
		MarshalJSON() ([]byte, error)
	}
	response interface {
		UnmarshalProto([]byte) error
		UnmarshalJSON([]byte) error
	}
)

// encode is the body of an HTTP request.
func (f Form) encode(message request) ([]byte, error) {
	marshal := message.MarshalProto
	if f.JSON {
		marshal = message.MarshalJSON
	}
	body, err := marshal()
	if err != nil || !f.Gzip {
		return body, err
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(body)
	err = errors.Join(err, w.Close())
	return packed.Bytes(), err
}

// describe sets the headers that say how the body is written.
func (f Form) describe(header http.Header) {
	kind := "application/x-protobuf"
	if f.JSON {
		kind = "application/json"
	}
	header.Set("Content-Type", kind)
	if f.Gzip {
		header.Set("Content-Encoding", "gzip")
	}
}

// decode reads the answer, which has the format of the request.
func (f Form) decode(body []byte, answer response) error {
	if f.JSON {
		return answer.UnmarshalJSON(body)
	}
	return answer.UnmarshalProto(body)
}
