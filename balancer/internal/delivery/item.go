package delivery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// A stored item is a header, of a version, two checksums and two numbers, and the body. The first checksum is of the
// rest of the header, so that the records of a damaged body can be counted.
const (
	itemVersion = 1
	headerSum   = 1               // where it is
	bodySum     = headerSum + 4   // where it is
	acceptedAt  = bodySum + 4     // nanoseconds since 1970
	recordCount = acceptedAt + 8  // where it is
	headerSize  = recordCount + 8 // and where the body begins
	indexSum    = headerSum       // in the index: of all that follows
	indexStart  = indexSum + 4    // the blocks: each the distance from the one before
	indexName   = "index"         // behind the prefix; all other keys are numbers
	keyDigits   = 16              // so that the order of the texts is that of the numbers
	hexadecimal = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// item is what is read of one.
type item struct {
	accepted time.Time
	records  int
	body     []byte
}

// errUnreadable is for items and indexes. Which records are lost is known if there is an item with it.
var errUnreadable = errors.New("it is damaged, or of another version")

func (s *store) indexKey() string { return s.prefix + indexName }

func (s *store) itemKey(key uint64) string {
	digits := strconv.FormatUint(key, hexadecimal)
	return s.prefix + strings.Repeat("0", keyDigits-len(digits)) + digits
}

// keyOf is the reverse of itemKey.
func (s *store) keyOf(text string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, s.prefix)
	if !ok || len(digits) != keyDigits {
		return 0, false
	}
	key, err := strconv.ParseUint(digits, hexadecimal, 64)
	return key, err == nil && key > 0
}

func (s *store) encode(share *share) []byte {
	value := make([]byte, headerSize, headerSize+len(share.body))
	value[0] = itemVersion
	binary.BigEndian.PutUint32(value[bodySum:], crc32.Checksum(share.body, castagnoli))
	//nolint:gosec // read back the same way
	binary.BigEndian.PutUint64(value[acceptedAt:], uint64(s.epoch.Add(share.since).UnixNano()))
	binary.BigEndian.PutUint64(value[recordCount:], uint64(share.records)) //nolint:gosec // not negative
	binary.BigEndian.PutUint32(value[headerSum:], crc32.Checksum(value[bodySum:headerSize], castagnoli))
	return append(value, share.body...)
}

// decode reads an item. When only its body is damaged, the rest is returned along with the error.
func decode(value []byte) (item, error) {
	if len(value) < headerSize || value[0] != itemVersion ||
		binary.BigEndian.Uint32(value[headerSum:]) != crc32.Checksum(value[bodySum:headerSize], castagnoli) {
		return item{records: 1}, errUnreadable // at least one
	}
	it := item{
		accepted: time.Unix(0, int64(binary.BigEndian.Uint64(value[acceptedAt:]))), //nolint:gosec // as it was written
		records:  int(binary.BigEndian.Uint64(value[recordCount:])),                //nolint:gosec // as it was written
		body:     value[headerSize:],
	}
	if binary.BigEndian.Uint32(value[bodySum:]) != crc32.Checksum(it.body, castagnoli) {
		return it, fmt.Errorf("the body: %w", errUnreadable)
	}
	return it, nil
}

// encodeIndex writes which blocks have items. They must be in order.
func encodeIndex(blocks []uint64) []byte {
	value := make([]byte, indexStart, indexStart+2*len(blocks))
	value[0] = itemVersion
	last := uint64(0)
	for _, block := range blocks {
		value = binary.AppendUvarint(value, block-last)
		last = block
	}
	binary.BigEndian.PutUint32(value[indexSum:], crc32.Checksum(value[indexStart:], castagnoli))
	return value
}

func decodeIndex(value []byte) ([]uint64, error) {
	if len(value) < indexStart || value[0] != itemVersion ||
		binary.BigEndian.Uint32(value[indexSum:]) != crc32.Checksum(value[indexStart:], castagnoli) {
		return nil, errUnreadable
	}
	var blocks []uint64
	last := uint64(0)
	for rest := value[indexStart:]; len(rest) > 0; {
		distance, n := binary.Uvarint(rest)
		if n <= 0 {
			return nil, errUnreadable
		}
		rest = rest[n:]
		last += distance
		blocks = append(blocks, last)
	}
	return blocks, nil
}
