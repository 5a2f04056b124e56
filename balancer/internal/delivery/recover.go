package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// readItems is how many items are read at a time, since all of them are in memory then.
const readItems = 16

// recover queues what the storage has. Its bodies stay in memory as far as there is room.
func (b *Balancer) recover(ctx context.Context) error {
	found := 0
	err := b.store.recover(ctx, func(s *share) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.bytes += s.size
		b.records += s.records
		b.keep(s)
		b.moving.pushBack(s)
		found += s.records
	}, func(records int) {
		b.count.dropped.add(records, b.count.plain)
	})
	if found > 0 {
		b.log.Info("the storage has data that was accepted before", zap.Int("records", found))
	}
	return err
}

// load reads the bodies of shares that are on the storage only, and returns which shares have none that can be read.
func (b *Balancer) load(shares []*share) (lost []*share, err error) {
	var absent []*share
	for _, s := range shares {
		if s.body == nil {
			absent = append(absent, s)
		}
	}
	if len(absent) == 0 {
		return nil, nil
	}
	return b.store.read(absent)
}

// recover calls found with each share that there is, in the order in which they were stored, and lost with the records
// of what cannot be read, which it deletes. It must be called before anything is stored.
func (s *store) recover(ctx context.Context, found func(*share), lost func(records int)) error {
	blocks, err := s.blocks(ctx)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		s.items[block] = 0 // so that the index has all of them, should it be written before they are read
		s.next = max(s.next, (block+1)*blockSize)
	}
	for _, block := range blocks {
		for first := block * blockSize; first < (block+1)*blockSize; first += readItems {
			if err := s.recoverSome(ctx, first, found, lost); err != nil {
				return err
			}
		}
	}
	for _, block := range blocks {
		if s.items[block] == 0 {
			delete(s.items, block)
			s.changed = true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeWithin(deleteDelay)
	return nil
}

func (s *store) recoverSome(ctx context.Context, first uint64, found func(*share), lost func(records int)) error {
	ops := make([]*storage.Operation, readItems)
	for i := range ops {
		ops[i] = storage.GetOperation(s.itemKey(first + uint64(i))) //nolint:gosec // small
	}
	if err := s.client.Batch(ctx, ops...); err != nil {
		return err
	}
	for i, op := range ops {
		if op.Value == nil {
			continue
		}
		key := first + uint64(i) //nolint:gosec // small
		s.items[key/blockSize]++
		it, err := decode(op.Value)
		if err != nil {
			s.log.Error("a stored item cannot be read: it is lost", zap.String("key", op.Key),
				zap.Int("records", it.records), zap.Error(err))
			s.dead = append(s.dead, key)
			lost(it.records)
			continue
		}
		found(&share{
			body: it.body, size: len(it.body), records: it.records, key: key, since: it.accepted.Sub(s.epoch),
		})
	}
	return nil
}

// blocks are those that have items, in order. When the index cannot be read, all keys are looked at, if the storage can
// do that.
func (s *store) blocks(ctx context.Context) ([]uint64, error) {
	value, err := s.client.Get(ctx, s.indexKey())
	if err != nil || value == nil {
		return nil, err
	}
	blocks, err := decodeIndex(value)
	if err == nil {
		return blocks, nil
	}
	s.changed = true
	walker, ok := s.client.(storage.Walker)
	if !ok {
		s.log.Error("the index of the stored data cannot be read, and the storage does not say what it has: "+
			"the data stays there and is not sent", zap.Error(err))
		s.next = uint64(time.Now().UnixNano()) / blockSize * blockSize //nolint:gosec // beyond all keys there may be
		return nil, nil
	}
	s.log.Warn("the index of the stored data cannot be read: looking at all there is", zap.Error(err))
	return s.walk(ctx, walker)
}

// walk looks at all keys.
func (s *store) walk(ctx context.Context, walker storage.Walker) ([]uint64, error) {
	seen := make(map[uint64]bool)
	var blocks []uint64
	err := walker.Walk(ctx, func(text string, _ []byte) ([]*storage.Operation, error) {
		if key, ok := s.keyOf(text); ok && !seen[key/blockSize] {
			seen[key/blockSize] = true
			blocks = append(blocks, key/blockSize)
		}
		return nil, nil
	})
	if errors.Is(err, storage.SkipAll) {
		err = nil
	}
	slices.Sort(blocks)
	return blocks, err
}
