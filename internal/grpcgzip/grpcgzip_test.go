package grpcgzip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	standard "compress/gzip"

	"google.golang.org/grpc/encoding"
	stock "google.golang.org/grpc/encoding/gzip"
)

// TestRegister: gRPC's own gzip is registered before, and stays with "stock"; a choice that does not exist is an error
// that says which do, and changes nothing.
func TestRegister(t *testing.T) {
	own := encoding.GetCompressor(stock.Name)
	if own == nil {
		t.Fatal("gRPC's gzip is not registered")
	}
	t.Cleanup(func() { encoding.RegisterCompressor(own) })
	for _, choice := range []string{"off", "Fast", " "} {
		err := Register(choice)
		if err == nil || !strings.Contains(err.Error(), `OTELCOL_RIVER_GZIP is "`+choice+`": use fast`) {
			t.Errorf("%q: %v", choice, err)
		}
		if encoding.GetCompressor(stock.Name) != own {
			t.Errorf("%q replaces gRPC's gzip", choice)
		}
	}
	for choice, ours := range map[string]bool{"stock": false, "": true, "fast": true} {
		encoding.RegisterCompressor(own)
		if err := Register(choice); err != nil {
			t.Errorf("%q: %v", choice, err)
		}
		if _, got := encoding.GetCompressor(stock.Name).(*compressor); got != ours {
			t.Errorf("%q: ours is in use: %t, want %t", choice, got, ours)
		}
	}
}

// compressed is a text as a compressor writes it, in pieces as gRPC hands it over.
func compressed(c encoding.Compressor, text []byte, piece int) ([]byte, error) {
	var out bytes.Buffer
	w, err := c.Compress(&out)
	if err != nil {
		return nil, err
	}
	for len(text) > 0 {
		n := min(piece, len(text))
		if _, err := w.Write(text[:n]); err != nil {
			return nil, err
		}
		text = text[n:]
	}
	err = w.Close()
	return out.Bytes(), err
}

// decompressed reads a whole message, as gRPC does.
func decompressed(c encoding.Compressor, packed []byte) (text []byte, err error) {
	r, err := c.Decompress(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := r.(io.Closer).Close(); err == nil {
			err = closing
		}
	}()
	return io.ReadAll(r)
}

// members are gzip members in a row that the standard library writes, each under a name and with a comment.
func members(tb testing.TB, texts ...[]byte) (packed []byte, ends []int) {
	tb.Helper()
	var out bytes.Buffer
	for i, text := range texts {
		w := standard.NewWriter(&out)
		w.Name, w.Comment, w.Extra = fmt.Sprintf("name-%d", i), "a comment, f\u00fcr alle", []byte("extra")
		_, err := w.Write(text)
		if err := errors.Join(err, w.Close()); err != nil {
			tb.Fatal(err)
		}
		ends = append(ends, out.Len())
	}
	return out.Bytes(), ends
}

// TestRoundTrip: what one writes, the other reads, with gRPC's own gzip on either side or on none, also with what is
// left of a message before.
func TestRoundTrip(t *testing.T) {
	random := make([]byte, 200_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random) // never fails
	ours, own := newCompressor(level), encoding.GetCompressor(stock.Name)
	for name, text := range map[string][]byte{
		"nothing":  {},
		"one byte": {'x'},
		"a span":   request(t, 1),
		"spans":    request(t, 500),
		"random":   random,
		"zeros":    make([]byte, 3<<20),
	} {
		for _, direction := range []struct {
			name   string
			writer encoding.Compressor
			reader encoding.Compressor
		}{{"ours to gRPC's", ours, own}, {"gRPC's to ours", own, ours}, {"ours to ours", ours, ours}} {
			for _, piece := range []int{1 << 30, 16 << 10, 1000} {
				packed, err := compressed(direction.writer, text, piece)
				if err != nil {
					t.Fatal(err)
				}
				got, err := decompressed(direction.reader, packed)
				if err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s, %s, pieces of %d: %d bytes of %d, %v", name, direction.name, piece, len(got), len(text), err)
				}
			}
		}
	}
}

// TestMembers: members in a row are one message, empty ones among them, and what follows that is no member spoils it.
func TestMembers(t *testing.T) {
	c := newCompressor(level)
	packed, _ := members(t, []byte("one "), nil, []byte("two "), request(t, 50), nil)
	want := "one two " + string(request(t, 50))
	if got, err := decompressed(c, packed); err != nil || string(got) != want {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	for _, behind := range []string{"\x00", "garbage", strings.Repeat("\x00", 512)} {
		if got, err := decompressed(c, append(bytes.Clone(packed), behind...)); err == nil {
			t.Errorf("%q behind the last member is not noticed, %d bytes", behind, len(got))
		}
	}
}

// TestCutOff: a message that is cut off anywhere is an error. Only where a member ends can nobody tell.
func TestCutOff(t *testing.T) {
	c := newCompressor(level)
	first, second := request(t, 3), []byte("the second")
	packed, ends := members(t, first, second)
	for length := range packed {
		got, err := decompressed(c, packed[:length])
		switch {
		case length == ends[0]:
			if err != nil || !bytes.Equal(got, first) {
				t.Errorf("after the first member: %d bytes of %d, %v", len(got), len(first), err)
			}
		case err == nil:
			t.Errorf("cut off after %d bytes of %d: %d bytes and no error", length, len(packed), len(got))
		case !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("cut off after %d bytes of %d: %v", length, len(packed), err)
		}
	}
	if got, err := decompressed(c, packed); err != nil || len(got) != len(first)+len(second) {
		t.Errorf("after all of them, the whole message is not read: %d bytes, %v", len(got), err)
	}
}

// TestDamaged: with any byte changed, a message is an error; or the same, as nobody reads all bytes of a header.
func TestDamaged(t *testing.T) {
	c := newCompressor(level)
	text := request(t, 3)
	packed, err := compressed(c, text, len(text))
	if err != nil {
		t.Fatal(err)
	}
	const header = 10
	for i := range packed {
		damaged := bytes.Clone(packed)
		damaged[i] ^= 0x55
		got, err := decompressed(c, damaged)
		if err == nil && (i >= header || !bytes.Equal(got, text)) {
			t.Errorf("byte %d changed: %d bytes and no error", i, len(got))
		}
	}
}

// TestConcurrent: writers and readers are shared out between calls, also after some that failed or were given up.
func TestConcurrent(t *testing.T) {
	c := newCompressor(level)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for round := range 20 {
				text := bytes.Repeat(fmt.Appendf(nil, "%d/%d ", worker, round), 5000)
				packed, err := compressed(c, text, 4096)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := decompressed(c, packed); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%d bytes of %d, %v", len(got), len(text), err)
				}
				if _, err := decompressed(c, packed[:len(packed)/2]); err == nil {
					t.Error("half a message is no error")
				}
				if _, err := decompressed(c, []byte("garbage, and no header")); err == nil {
					t.Error("garbage is no error")
				}
				giveUp(t, c, packed)
			}
		})
	}
	group.Wait()
}

// giveUp reads a part of a message, as gRPC does with one that gets too long.
func giveUp(t *testing.T, c encoding.Compressor, packed []byte) {
	t.Helper()
	r, err := c.Decompress(bytes.NewReader(packed))
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if err := r.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
}
