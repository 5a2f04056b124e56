package grpcgzip

import (
	"bytes"
	"io"
	"testing"

	"google.golang.org/grpc/encoding"
	stock "google.golang.org/grpc/encoding/gzip"
)

// FuzzDecompress: of any input, this reader makes what that of gRPC makes: the same text, or an error, too.
func FuzzDecompress(f *testing.F) {
	packed, _ := members(f, []byte("one"), nil, request(f, 2))
	for _, seed := range [][]byte{nil, packed, packed[:len(packed)-1], packed[:50], []byte("\x1f\x8b\x08garbage")} {
		f.Add(seed)
	}
	for _, level := range []int{-3, -2, 0, 1, 9} {
		packed, err := compressed(newCompressor(level), request(f, 2), 100)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	ours, own := newCompressor(level), encoding.GetCompressor(stock.Name)
	f.Fuzz(func(t *testing.T, packed []byte) {
		got, err := start(ours, packed)
		want, wantErr := start(own, packed)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%v, but gRPC's own says %v", err, wantErr)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%q, but gRPC's own reads %q", got, want)
		}
	})
}

// start reads what gRPC would, which stops after a limit.
func start(c encoding.Compressor, packed []byte) ([]byte, error) {
	const limit = 1 << 20
	r, err := c.Decompress(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	_ = r.(io.Closer).Close() // repeats the error
	return text, err
}

// FuzzRoundTrip: what is written in any pieces is read again, here and by gRPC's own gzip.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add(request(f, 5), uint16(100))
	f.Add(bytes.Repeat([]byte("again and "), 500), uint16(65535))
	ours, own := newCompressor(level), encoding.GetCompressor(stock.Name)
	f.Fuzz(func(t *testing.T, text []byte, piece uint16) {
		packed, err := compressed(ours, text, int(piece)+1)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]encoding.Compressor{"ours": ours, "gRPC's": own} {
			if got, err := decompressed(c, packed); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s reads %d bytes of %d: %v", name, len(got), len(text), err)
			}
		}
	})
}
