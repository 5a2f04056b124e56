package delivery

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestValidate(t *testing.T) {
	disk := component.MustNewID("file_storage")
	tests := []struct {
		name   string
		change func(*Config)
		want   string // "": it is valid
	}{
		{"the defaults", func(*Config) {}, ""},
		{"no timeout", func(c *Config) { c.Timeout = 0 }, "timeout: 0s is not greater than 0"},
		{
			"two errors", func(c *Config) { c.MaxInFlight, c.DrainTimeout = 0, -1 },
			"max_in_flight: 0 is not greater than 0\ndrain_timeout: -1ns is less than 0",
		},
		{
			"calls smaller than what is enough for one", func(c *Config) { c.SendingQueue.Batch.MaxSize = 100 },
			"sending_queue::batch::max_size: 100 is less than min_size, which is 32768",
		},
		{"stored", func(c *Config) { c.SendingQueue.Storage = &disk }, ""},
		{
			"stored without a queue", func(c *Config) { c.SendingQueue.Storage, c.SendingQueue.Enabled = &disk, false },
			`sending_queue::storage: there is no queue to keep on "file_storage"`,
		},
		{
			"intervals", func(c *Config) { c.RetryOnFailure.MaxInterval = time.Millisecond },
			"retry_on_failure::max_interval: 1ms is less than initial_interval, which is 500ms",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := DefaultConfig()
			test.change(&c)
			err := c.Validate()
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// The table of the OTLP specification.
func TestClassify(t *testing.T) {
	again := map[codes.Code]bool{
		codes.Canceled: true, codes.DeadlineExceeded: true, codes.Aborted: true, codes.OutOfRange: true,
		codes.Unavailable: true, codes.DataLoss: true,
	}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		if f := classify(status.Error(code, "")); f.retryable != again[code] || f.code != code || f.delay != 0 {
			t.Errorf("%s: %+v", code, f)
		}
	}
	tests := []struct {
		err  error
		want failure
	}{
		{
			retryable(codes.ResourceExhausted, "", time.Second),
			failure{code: codes.ResourceExhausted, retryable: true, delay: time.Second},
		},
		{retryable(codes.ResourceExhausted, "", 0), failure{code: codes.ResourceExhausted, retryable: true}},
		{
			retryable(codes.Unavailable, "", 24*time.Hour),
			failure{code: codes.Unavailable, retryable: true, delay: longestDelay},
		},
		{retryable(codes.InvalidArgument, "", time.Second), failure{code: codes.InvalidArgument, delay: time.Second}},
		{context.DeadlineExceeded, failure{code: codes.DeadlineExceeded, retryable: true}},
		{errors.New("broken pipe"), failure{code: codes.Unavailable, retryable: true}},
	}
	for _, test := range tests {
		got := classify(test.err)
		got.err = nil
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(failure{})); diff != "" {
			t.Errorf("%v: %s", test.err, diff)
		}
	}
}

func TestBackOff(t *testing.T) {
	b := Balancer{config: DefaultConfig()}
	for failures, longest := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 4: 4 * time.Second, 5: 5 * time.Second,
		64: 5 * time.Second, 1000: 5 * time.Second,
	} {
		for range 100 {
			if got := b.backOff(failures); got > longest || got < longest/2 {
				t.Errorf("%s after %d failures, of %s", got, failures, longest)
			}
		}
	}
}

// FuzzRejected reads answers: whatever comes, no more can be rejected than was sent.
func FuzzRejected(f *testing.F) {
	f.Add(partly(0), 10)
	f.Add(partly(3), 10)
	f.Add(partly(30), 10)
	f.Add(append(partly(3), 0xff), 10)
	f.Add([]byte{0x0a, 0x0b, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 10) // -1
	f.Fuzz(func(t *testing.T, answer []byte, records int) {
		records = max(records, 0)
		if n, _ := rejected(answer, records); n < 0 || n > records {
			t.Errorf("%d of %d", n, records)
		}
	})
}

func TestRejected(t *testing.T) {
	for count, want := range map[int]int{0: 0, 3: 3, 10: 10, 11: 10} {
		if got, _ := rejected(partly(count), 10); got != want {
			t.Errorf("%d of 10 are %d", count, got)
		}
	}
	if _, message := rejected(partly(3), 10); message != "too many" {
		t.Error(message)
	}
}

// FuzzItem reads what a storage might give: an error, or what would be written so.
func FuzzItem(f *testing.F) {
	s := &store{epoch: time.Unix(1_800_000_000, 7)}
	f.Add(s.encode(&share{body: request(1, 2, 3), records: 3, since: -time.Hour}))
	f.Add(s.encode(&share{}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, value []byte) {
		it, err := decode(value)
		if err != nil {
			return
		}
		again := s.encode(&share{body: it.body, records: it.records, since: it.accepted.Sub(s.epoch)})
		if !bytes.Equal(again, value) {
			t.Errorf("%x is %x", value, again)
		}
	})
}

// FuzzIndex does the same with indexes.
func FuzzIndex(f *testing.F) {
	f.Add(encodeIndex(nil))
	f.Add(encodeIndex([]uint64{1, 2, 300, 1 << 55}))
	f.Fuzz(func(t *testing.T, value []byte) {
		blocks, err := decodeIndex(value)
		if err != nil {
			return
		}
		got, err := decodeIndex(encodeIndex(blocks))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(blocks, got); diff != "" {
			t.Error(diff)
		}
	})
}
