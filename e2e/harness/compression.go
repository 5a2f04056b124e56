package harness

import (
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
)

// gRPC itself knows gzip only; with these, a backend understands whatever a load balancer of v0.158.0 may send.
func init() {
	encoding.RegisterCompressor(compression{
		name:  "snappy",
		write: func(w io.Writer) (io.WriteCloser, error) { return snappy.NewBufferedWriter(w), nil },
		read:  func(r io.Reader) (io.Reader, error) { return snappy.NewReader(r), nil },
	})
	encoding.RegisterCompressor(compression{
		name:  "zstd",
		write: func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		read:  readZstd,
	})
}

// compression is one way to compress, as gRPC wants it.
type compression struct {
	name  string
	write func(io.Writer) (io.WriteCloser, error)
	read  func(io.Reader) (io.Reader, error)
}

// Name is what grpc-encoding calls it.
func (c compression) Name() string { return c.name }

// Compress compresses what is written.
func (c compression) Compress(w io.Writer) (io.WriteCloser, error) { return c.write(w) }

// Decompress reads what was compressed.
func (c compression) Decompress(r io.Reader) (io.Reader, error) { return c.read(r) }

// readZstd works in the reader's goroutine alone: nobody would tell it to end others.
func readZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
}
