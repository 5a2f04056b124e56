package component

import (
	"strconv"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// otlpBalancerQueue is one of the queues. What counts requests or items is left to the component's own code, since
// otlp_balancer counts bytes.
type otlpBalancerQueue struct {
	arguments.Block
	Enabled         arguments.Arg      `river:"enabled" type:"bool" default:"true"`
	NumConsumers    arguments.Arg      `river:"num_consumers" type:"int" default:"10" lost:"max_in_flight in the converted configuration says how many calls to one backend go on at a time"`
	QueueSize       arguments.Arg      `river:"queue_size" type:"int" default:"1000" was:"flow@0.40=5000" key:"-"`
	BlockOnOverflow arguments.Arg      `river:"block_on_overflow" type:"bool" default:"false" in:"alloy" key:"-"`
	Sizer           arguments.Arg      `river:"sizer" type:"string" default:"requests" in:"alloy" oneof:"requests items bytes" key:"-"`
	WaitForResult   arguments.Arg      `river:"wait_for_result" type:"bool" default:"false" in:"alloy" key:"-"`
	Storage         arguments.Arg      `river:"storage" type:"storage" in:"alloy"`
	Batch           *otlpBalancerBatch `river:"batch,block" in:"alloy"`
}

// otlpBalancerBatch is the batch block inside a queue.
type otlpBalancerBatch struct {
	arguments.Block
	FlushTimeout arguments.Arg `river:"flush_timeout" type:"duration" default:"200ms" collector:"5ms"`
	MinSize      arguments.Arg `river:"min_size" type:"int" default:"2000" was:"alloy@1.12=8192" key:"-"`
	MaxSize      arguments.Arg `river:"max_size" type:"int" default:"3000" was:"alloy@1.12=0" key:"-"`
	Sizer        arguments.Arg `river:"sizer" type:"string" default:"items" oneof:"items bytes" key:"-"`
}

// oneQueue leaves one queue, in the place of those of the backends: the one in front of them if it is on. It returns
// the key that its size belongs to.
func oneQueue(c *Conversion, args *otlpBalancer) (size string) {
	backends, front := &args.Protocol.OTLP.Queue, args.SendingQueue
	size = "sending_queue.backend_size"
	switch {
	case front == nil:
	case isOff(front.Enabled):
		c.warnOfSwitchedOff(front.Block, "sending_queue", "queue")
	default:
		c.warnOfSecond(backends.Block, "queue", "sending_queue")
		*backends = *front
		size = "sending_queue.queue_size"
	}
	c.warnOfLoss(backends,
		loss{"block_on_overflow", "a full queue refuses, and tells senders to come again"},
		loss{"wait_for_result", "write enabled = false in its place: then senders wait for the answers of the backends"})
	if isOff(backends.Enabled) && backends.Storage.Set {
		c.Diags.Warnf(backends.Storage.NameRange, diag.NoCounterpart, "remove it, or switch the queue on",
			"argument %q was left out: there is no queue to keep", "storage")
		backends.Storage = arguments.Arg{}
	}
	warnOfCount(c, backends, "sizer", "queue_size")
	if b := backends.Batch; b != nil {
		warnOfCount(c, b, "sizer", "min_size", "max_size")
		if inBytes(b) && isZero(b.MaxSize) {
			c.Diags.Warnf(b.MaxSize.NameRange, diag.NoCounterpart, "write how large a call may be",
				"otlp_balancer makes no calls of any size; %q was left out, and its own default counts", "max_size")
		}
	}
	return size
}

// inBytes reports whether a block of sizes counts bytes, as otlp_balancer does.
func inBytes(block any) bool { return arguments.Given(block)["sizer"].Text() == "bytes" }

// warnOfCount tells of sizes that do not count bytes: they cannot be carried over.
func warnOfCount(c *Conversion, block any, names ...string) {
	if inBytes(block) {
		return
	}
	given := arguments.Given(block)
	for _, name := range names {
		if a, ok := given[name]; ok {
			c.Diags.Warnf(a.NameRange, diag.NoCounterpart,
				"otlp_balancer's own default counts instead; say in bytes, in the converted configuration, if it does not fit",
				"argument %q does not count in bytes, as otlp_balancer does, and was left out", name)
		}
	}
}

// isZero reports whether a number is given, and is 0.
func isZero(a arguments.Arg) bool { return a.Set && !a.Value.Symbolic() && a.Value.Number.Int == 0 }

// encodeSizes adds the sizes that do count bytes, those that River has by default as well. A largest call of 0 bytes is
// one of any size in River, and nothing in otlp_balancer, which has its own default.
func encodeSizes(c *Conversion, body *otelcfg.Map, key string, q *otlpBalancerQueue) {
	put := func(key string, block any, name string, a arguments.Arg) {
		text, _ := arguments.DefaultIn(block, name, c.Dialect)
		n, _ := strconv.Atoi(text) // the tag has its type
		value, at := otelcfg.Node(otelcfg.Int(n)), diag.Range{}
		if a.Set {
			value, at = arguments.NodeOf(a, arguments.Int), a.Value.Range
		}
		if name != "max_size" || value != otelcfg.Int(0) {
			body.Set(key, value, at, a.Comment)
		}
	}
	if inBytes(q) {
		put(key, q, "queue_size", q.QueueSize)
	}
	if q.Batch != nil && inBytes(q.Batch) {
		put("sending_queue.batch.min_size", q.Batch, "min_size", q.Batch.MinSize)
		put("sending_queue.batch.max_size", q.Batch, "max_size", q.Batch.MaxSize)
	}
}
