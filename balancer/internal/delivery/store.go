package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// How stored items are dealt with. What was answered and is still stored is sent again after a crash: that is what was
// answered within deleteDelay, or the last deletedItems of it, and what was while a batch was written.
const (
	blockSize    = 256 // keys in a row that have one entry in the index
	deletedItems = 256
	deleteDelay  = 100 * time.Millisecond
	brokenDelay  = time.Second // until deleting is tried again
)

// A store keeps shares on a storage, each as an item of its own. Its index says in which blocks of keys there are
// items; it is written no later than the first item of a block, so that all are found again.
//
// Batches are written one after the other. While one is written, what is to be in the next gathers.
type store struct {
	client storage.Client
	prefix string
	epoch  time.Time // of the balancer's clock
	log    *zap.Logger

	mu        sync.Mutex
	next      uint64         // key; 0 is none
	items     map[uint64]int // by block: how many there are, or are about to be
	changed   bool           // the index is not what is on the storage
	dead      []uint64       // keys to delete
	gathering *batch         // nil: nothing is to be put
	writing   bool
	closed    bool
	timer     *time.Timer
	timed     bool       // the timer runs
	written   *sync.Cond // broadcast when the writer ends
}

// A batch is what requests put on the storage together.
type batch struct {
	puts    []*storage.Operation
	replace []uint64 // keys to delete along with it, or not at all
	done    chan struct{}
	err     error
}

var errClosed = errors.New("the storage is closed")

func newStore(client storage.Client, name string, epoch time.Time, log *zap.Logger) *store {
	s := &store{
		client: client, prefix: name + "/", epoch: epoch, log: log, next: blockSize, items: make(map[uint64]int),
	}
	s.written = sync.NewCond(&s.mu)
	return s
}

// put stores shares in the place of others, and gives them keys. It returns when that is done.
func (s *store) put(shares, replaced []*share) error {
	puts := make([]*storage.Operation, len(shares))
	for i, share := range shares {
		puts[i] = storage.SetOperation("", s.encode(share))
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errClosed
	}
	for i, share := range shares {
		share.key = s.newKey()
		puts[i].Key = s.itemKey(share.key)
	}
	b := s.gathering
	if b == nil {
		b = &batch{done: make(chan struct{})}
		s.gathering = b
	}
	b.puts = append(b.puts, puts...)
	for _, share := range replaced {
		b.replace = append(b.replace, share.key)
	}
	s.startWriter()
	s.mu.Unlock()
	<-b.done
	return b.err
}

func (s *store) newKey() uint64 {
	key := s.next
	s.next++
	s.count(key)
	return key
}

// count notes that there is an item.
func (s *store) count(key uint64) {
	block := key / blockSize
	if s.items[block] == 0 {
		s.changed = true
	}
	s.items[block]++
}

// forget has the item of a share deleted, and the one that it is a piece of if it was the last. The lock of the
// balancer must be held, which guards the pieces.
func (s *store) forget(share *share) {
	if share.key == 0 && share.whole == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if share.key != 0 {
		s.dead = append(s.dead, share.key)
		share.key = 0
	}
	for w := share.whole; w != nil; w = w.outer {
		if w.pieces--; w.pieces > 0 {
			break
		}
		if w.key != 0 {
			s.dead = append(s.dead, w.key)
		}
	}
	if len(s.dead) >= deletedItems {
		s.startWriter()
	} else {
		s.writeWithin(deleteDelay)
	}
}

// writeWithin has the writer start after a while, unless it does before.
func (s *store) writeWithin(delay time.Duration) {
	switch {
	case s.timed || s.closed || len(s.dead) == 0:
		return
	case s.timer == nil:
		s.timer = time.AfterFunc(delay, s.tick)
	default:
		s.timer.Reset(delay)
	}
	s.timed = true
}

func (s *store) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timed = false
	if len(s.dead) > 0 && !s.closed {
		s.startWriter()
	}
}

func (s *store) startWriter() {
	if !s.writing {
		s.writing = true
		go s.write()
	}
}

// write writes batches until there is nothing more to write. After one that failed, what is to be deleted is tried
// alone, for it may have been for want of space.
func (s *store) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	alone := false
	for {
		var b *batch
		if !alone {
			b, s.gathering = s.gathering, nil
		}
		dead := s.dead
		s.dead = nil
		if b == nil && len(dead) == 0 {
			break
		}
		err := s.writeBatch(b, dead)
		alone = err != nil && b != nil && len(s.dead) > 0
		if err != nil && b == nil && s.gathering == nil {
			s.log.Error("what was sent cannot be deleted from the storage", zap.Error(err))
			s.writeWithin(brokenDelay)
			break
		}
	}
	s.writing = false
	s.written.Broadcast()
}

// writeBatch gives the lock back while it writes.
func (s *store) writeBatch(b *batch, dead []uint64) error {
	deleted := dead
	var ops []*storage.Operation
	indexed := s.changed
	if indexed {
		ops = append(ops, storage.SetOperation(s.indexKey(), encodeIndex(slices.Sorted(maps.Keys(s.items)))))
		s.changed = false
	}
	if b != nil {
		ops = append(ops, b.puts...)
		deleted = slices.Concat(dead, b.replace)
	}
	for _, key := range deleted {
		ops = append(ops, storage.DeleteOperation(s.itemKey(key)))
	}
	s.mu.Unlock()
	err := s.client.Batch(context.Background(), ops...)
	s.mu.Lock()
	if err != nil {
		s.changed = s.changed || indexed
		s.dead = append(dead, s.dead...)
	} else {
		for _, key := range deleted {
			s.discount(key)
		}
	}
	if b != nil {
		b.err = err
		close(b.done)
	}
	return err
}

// discount notes that there is an item less. The block of the next key keeps its entry.
func (s *store) discount(key uint64) {
	block := key / blockSize
	if s.items[block]--; s.items[block] <= 0 && block != s.next/blockSize {
		delete(s.items, block)
		s.changed = true
	}
}

// read reads the bodies of shares, and returns which shares have none that can be read.
func (s *store) read(shares []*share) (lost []*share, err error) {
	ops := make([]*storage.Operation, len(shares))
	for i, share := range shares {
		ops[i] = storage.GetOperation(s.itemKey(share.key))
	}
	if err := s.client.Batch(context.Background(), ops...); err != nil {
		return nil, err
	}
	for i, share := range shares {
		if it, err := decode(ops[i].Value); err == nil && len(it.body) == share.size {
			share.body = it.body
		} else {
			lost = append(lost, share)
		}
	}
	return lost, nil
}

// close deletes what is to be deleted, and closes the storage.
func (s *store) close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	if len(s.dead) > 0 {
		s.startWriter()
	}
	for s.writing {
		s.written.Wait()
	}
	left := len(s.dead)
	s.mu.Unlock()
	if left > 0 {
		s.log.Error("what was sent could not be deleted from the storage: it is sent again after the next start",
			zap.Int("items", left))
	}
	return s.client.Close(ctx)
}
