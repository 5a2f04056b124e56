package grpcgzip

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc/encoding"
	stock "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/mem"
)

// The least time of all runs is reported: the others were interrupted, and on a machine that is shared the mean says
// little.

// BenchmarkCompress writes requests with gRPC's own gzip and with each level of ours.
func BenchmarkCompress(b *testing.B) {
	for _, spans := range []int{10, 500} {
		b.Run(fmt.Sprintf("%d spans/gRPC", spans), func(b *testing.B) {
			compressSpans(b, encoding.GetCompressor(stock.Name), spans)
		})
		for level := -3; level <= 9; level++ { // stateless, Huffman only, the default, nothing, fast to good
			b.Run(fmt.Sprintf("%d spans/level %d", spans, level), func(b *testing.B) {
				compressSpans(b, newCompressor(level), spans)
			})
		}
	}
}

func compressSpans(b *testing.B, c encoding.Compressor, spans int) {
	b.Helper()
	text := request(b, spans)
	var packed []byte
	leastOf(b, spans, func() (err error) {
		packed, err = compressed(c, text, 32<<10)
		return err
	})
	b.ReportMetric(float64(len(packed))/float64(spans), "B/span")
}

// BenchmarkDecompress reads requests, as gRPC does, with its own gzip and with ours.
func BenchmarkDecompress(b *testing.B) {
	for _, spans := range []int{10, 500} {
		for name, c := range map[string]encoding.Compressor{
			"gRPC": encoding.GetCompressor(stock.Name), "ours": newCompressor(level),
		} {
			b.Run(fmt.Sprintf("%d spans/%s", spans, name), func(b *testing.B) {
				text := request(b, spans)
				packed, err := compressed(c, text, len(text))
				if err != nil {
					b.Fatal(err)
				}
				message := mem.BufferSlice{mem.SliceBuffer(packed)}
				leastOf(b, spans, func() error { return receive(c, message, len(text)) })
			})
		}
	}
}

// receive reads a message into gRPC's buffers.
func receive(c encoding.Compressor, message mem.BufferSlice, size int) error {
	r, err := c.Decompress(message.Reader())
	if err != nil {
		return err
	}
	text, err := mem.ReadAll(io.LimitReader(r, 4<<20), mem.DefaultBufferPool())
	if err != nil {
		return err
	}
	defer text.Free()
	if text.Len() != size {
		return fmt.Errorf("%d bytes of %d", text.Len(), size)
	}
	return r.(io.Closer).Close()
}

// leastOf runs f as often as the benchmark wants, and reports the least time.
func leastOf(b *testing.B, spans int, f func() error) {
	b.Helper()
	b.ReportAllocs()
	least := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least.Nanoseconds())/float64(spans), "least-ns/span")
}

// BenchmarkMemory writes and reads each time with a new writer and reader: what these take is what they hold while they
// wait for their next message.
func BenchmarkMemory(b *testing.B) {
	text := request(b, 500)
	packed, err := compressed(newCompressor(level), text, len(text))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w, err := newCompressor(level).Compress(io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := newCompressor(level).Decompress(bytes.NewReader(packed))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
