package wire

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/encoding"
)

// The compressions, as grpc-encoding and the collector's configuration name them; None is no compression.
const (
	None   = "none"
	Gzip   = "gzip"
	Zstd   = "zstd"
	Snappy = "snappy"
)

// format is one way to compress whole messages.
type format struct {
	name   string
	pack   func([]byte) ([]byte, error)
	unpack func([]byte) ([]byte, error)
}

// formats pack as fast as we know how to.
func formats() []format {
	return []format{{Gzip, packGzip, unpackGzip}, {Zstd, packZstd, unpackZstd}, {Snappy, packSnappy, unpackSnappy}}
}

// Pack compresses a message as clients do by themselves: gzip with Go's own package at its default level.
func Pack(compression string, message []byte) ([]byte, error) {
	switch compression {
	case None:
		return message, nil
	case Gzip:
		var out bytes.Buffer
		return packWith(stdgzip.NewWriter(&out), &out, message)
	}
	for _, f := range formats() {
		if f.name == compression {
			return f.pack(message)
		}
	}
	return nil, fmt.Errorf("there is no compression %q", compression)
}

// UsePrepared has gRPC in this process take what clients send as compressed already, and unpack what servers get. It
// has to be called before anything uses gRPC.
func UsePrepared() {
	for _, f := range formats() {
		f.pack = func(message []byte) ([]byte, error) { return message, nil }
		encoding.RegisterCompressor(f)
	}
}

// UseFastest has gRPC in this process compress as fast as we know how to. It has to be called before anything uses
// gRPC.
func UseFastest() {
	for _, f := range formats() {
		encoding.RegisterCompressor(f)
	}
}

// Name is part of encoding.Compressor.
func (f format) Name() string { return f.name }

// Compress is part of encoding.Compressor.
func (f format) Compress(w io.Writer) (io.WriteCloser, error) {
	return &packer{to: w, pack: f.pack}, nil
}

// Decompress is part of encoding.Compressor.
func (f format) Decompress(r io.Reader) (io.Reader, error) {
	packed, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	message, err := f.unpack(packed)
	return bytes.NewReader(message), err
}

// packer collects a message and packs it when it is whole.
type packer struct {
	message bytes.Buffer
	pack    func([]byte) ([]byte, error)
	to      io.Writer
}

func (p *packer) Write(part []byte) (int, error) { return p.message.Write(part) }

func (p *packer) Close() error {
	packed, err := p.pack(p.message.Bytes())
	if err != nil {
		return err
	}
	_, err = p.to.Write(packed)
	return err
}

func packWith(w io.WriteCloser, out *bytes.Buffer, message []byte) ([]byte, error) {
	if _, err := w.Write(message); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// To make a reader or a writer costs more than to use it once.
var (
	gzipWriters = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one that there is
		return w
	}}
	gzipReaders   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	snappyWriters = sync.Pool{New: func() any { return snappy.NewBufferedWriter(nil) }}
	snappyReaders = sync.Pool{New: func() any { return snappy.NewReader(nil) }}
	zstdWriter    = sync.OnceValues(func() (*zstd.Encoder, error) { return zstd.NewWriter(nil) })
	zstdReader    = sync.OnceValues(func() (*zstd.Decoder, error) { return zstd.NewReader(nil) })
)

func packGzip(message []byte) ([]byte, error) {
	w, _ := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	return packWith(w, &out, message)
}

func unpackGzip(packed []byte) ([]byte, error) {
	r, _ := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(r)
	if err := r.Reset(bytes.NewReader(packed)); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func packZstd(message []byte) ([]byte, error) {
	w, err := zstdWriter()
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(message, nil), nil
}

func unpackZstd(packed []byte) ([]byte, error) {
	r, err := zstdReader()
	if err != nil {
		return nil, err
	}
	return r.DecodeAll(packed, nil)
}

func packSnappy(message []byte) ([]byte, error) {
	w, _ := snappyWriters.Get().(*snappy.Writer)
	defer snappyWriters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	return packWith(w, &out, message)
}

func unpackSnappy(packed []byte) ([]byte, error) {
	r, _ := snappyReaders.Get().(*snappy.Reader)
	defer snappyReaders.Put(r)
	r.Reset(bytes.NewReader(packed))
	return io.ReadAll(r)
}
