package otlpwire

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// pairs collects the attributes of a resource or scope.
func (o own) pairs(pairs []pair, b []byte, number uint32) ([]pair, error) {
	r := read(b, o.message)
	for r.next() {
		if r.number == o.number && r.expect(typeBytes) {
			pairs, r.err = readPairs(pairs, b, r.content(), number)
		}
	}
	return pairs, r.err
}

// readPairs collects the attributes that a message has in a field.
func readPairs(pairs []pair, b []byte, message extent, number uint32) ([]pair, error) {
	r := read(b, message)
	for r.next() {
		if r.number != number || !r.expect(typeBytes) {
			continue
		}
		var p pair
		if p, r.err = readPair(b, r.content()); r.err == nil {
			pairs = append(pairs, p)
		}
	}
	return pairs, r.err
}

// sortedPairs sorts attributes by name, and keeps the first of each.
func sortedPairs(pairs []pair, b []byte) []pair {
	slices.SortStableFunc(pairs, func(x, y pair) int { return bytes.Compare(x.key.of(b), y.key.of(b)) })
	return slices.CompactFunc(pairs, func(x, y pair) bool { return bytes.Equal(x.key.of(b), y.key.of(b)) })
}

// hasher hashes attributes, in whatever order they are, as the collector's identities of resources and streams do:
// each key and value after a byte that says what follows.
type hasher struct {
	pairs []pair // of maps that lie in each other
	text  []byte
}

// What follows in the text of a hash.
const (
	hashAgain = 0xf3 + iota
	hashKey
	hashEmpty
	hashBytes
	hashString
	hashTrue
	hashFalse
	hashInt
	hashDouble
	hashMap
	hashMapEnd
	hashList
	hashListEnd
)

// ofOwn hashes the attributes of a resource or scope.
func (h *hasher) ofOwn(b []byte, of own, number uint32) ([16]byte, error) {
	pairs, err := of.pairs(h.pairs[:0], b, number)
	if err != nil {
		return [16]byte{}, err
	}
	return h.ofPairs(b, pairs)
}

// ofMessage hashes the attributes that a message has in a field.
func (h *hasher) ofMessage(b []byte, message extent, number uint32) ([16]byte, error) {
	pairs, err := readPairs(h.pairs[:0], b, message, number)
	if err != nil {
		return [16]byte{}, err
	}
	return h.ofPairs(b, pairs)
}

func (h *hasher) ofPairs(b []byte, pairs []pair) ([16]byte, error) {
	var hash [16]byte
	h.pairs, h.text = pairs, h.text[:0]
	if len(pairs) == 0 {
		return hash, nil
	}
	if err := h.writePairs(b, 0, maxDepth); err != nil {
		return hash, err
	}
	binary.LittleEndian.PutUint64(hash[:], xxhash.Sum64(h.text))
	h.text = append(h.text, hashAgain)
	binary.LittleEndian.PutUint64(hash[8:], xxhash.Sum64(h.text))
	return hash, nil
}

// writePairs writes the attributes from an index on, and takes them away.
func (h *hasher) writePairs(b []byte, from, depth int) error {
	end := from + len(sortedPairs(h.pairs[from:], b))
	for i := from; i < end; i++ {
		p := h.pairs[i] // the slice grows below
		h.text = append(append(h.text, hashKey), p.key.of(b)...)
		if err := h.writeValue(b, p.value, depth); err != nil {
			return err
		}
	}
	h.pairs = h.pairs[:from]
	return nil
}

func (h *hasher) writeValue(b []byte, v value, depth int) error {
	number, _ := readVarint(b, v.at.start)
	switch v.kind {
	case valueString:
		h.text = append(append(h.text, hashString), v.at.of(b)...)
	case valueBytes:
		h.text = append(append(h.text, hashBytes), v.at.of(b)...)
	case valueBool:
		if number != 0 {
			h.text = append(h.text, hashTrue)
		} else {
			h.text = append(h.text, hashFalse)
		}
	case valueInt:
		h.text = binary.LittleEndian.AppendUint64(append(h.text, hashInt), number)
	case valueDouble:
		h.text = append(append(h.text, hashDouble), v.at.of(b)...)
	case valueMap, valueArray:
		return h.writeItems(b, v, depth)
	default:
		h.text = append(h.text, hashEmpty)
	}
	return nil
}

func (h *hasher) writeItems(b []byte, v value, depth int) error {
	if depth == 0 {
		return errTooDeep(v)
	}
	if v.kind == valueArray {
		h.text = append(h.text, hashList)
		r := read(b, v.at)
		for r.next() {
			if r.number != listItems || !r.expect(typeBytes) {
				continue
			}
			var item value
			if r.err = item.read(b, r.content()); r.err == nil {
				r.err = h.writeValue(b, item, depth-1)
			}
		}
		h.text = append(h.text, hashListEnd)
		return r.err
	}
	h.text = append(h.text, hashMap)
	from := len(h.pairs)
	var err error
	if h.pairs, err = readPairs(h.pairs, b, v.at, listItems); err != nil {
		return err
	}
	err = h.writePairs(b, from, depth-1)
	h.text = append(h.text, hashMapEnd)
	return err
}
