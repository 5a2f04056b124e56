package otlpwire

import "slices"

// The levels of a request at which pieces are held. A container is a message in the request that holds pieces, or other
// containers.
const (
	inRequest = iota
	inResource
	inScope
	inMetric
	inData
	levels
)

// container is a message that holds pieces: what of it is not pieces is its header, which every part repeats.
type container struct {
	number uint32 // of the field that it is
	header extent // in assembly.headers
	size   int    // of the header
}

// assembly collects the parts of a request.
type assembly struct {
	containers []container
	headers    []extent    // of the containers, in the request
	path       [levels]int // the containers, at each level, in which pieces are now
	parts      []part
	slots      map[int]int // the index of each target in parts
}

// part is what is to be written for a target: steps which are bytes to copy, or the beginning of a container.
type part struct {
	target  int
	records int
	steps   []step
	level   int         // of the container that the last piece lies in
	open    [levels]int // the steps that began the containers that are not yet complete
	size    int         // of all that is in no container
}

// step copies bytes of the request; or it begins a container, the end being the size of what the container holds.
type step struct {
	container int // -1: bytes
	extent
}

func (a *assembly) reset() {
	a.containers, a.headers, a.parts = a.containers[:0], a.headers[:0], a.parts[:0]
	clear(a.slots)
}

// begin takes the header of a container: all fields but those that hold pieces or more containers, of which it says
// how many there are. The path goes through it from now on.
func (a *assembly) begin(level int, number uint32, b []byte, message extent, held uint32) (children int, err error) {
	c := container{number: number, header: extent{len(a.headers), len(a.headers)}}
	r := read(b, message)
	for r.next() {
		if r.number == held {
			if r.expect(typeBytes) {
				children++
			}
			continue
		}
		c.size += r.end - r.start
		if last := len(a.headers) - 1; last >= c.header.start && a.headers[last].end == r.start {
			a.headers[last].end = r.end
		} else {
			a.headers = append(a.headers, r.whole())
		}
	}
	c.header.end = len(a.headers)
	a.path[level] = len(a.containers)
	a.containers = append(a.containers, c)
	return children, r.err
}

// slot is the index of the part of a target.
func (a *assembly) slot(target int) int {
	slot, found := a.slots[target]
	if !found {
		slot = len(a.parts)
		a.slots[target] = slot
		a.parts = slices.Grow(a.parts, 1)[:slot+1] // with the memory for steps that an earlier request left there
		p := &a.parts[slot]
		*p = part{target: target, steps: p.steps[:0]}
	}
	return slot
}

// add puts a piece, or several that follow each other, into a part. They lie in the container of the path at the level.
func (a *assembly) add(slot, level int, piece extent, records int) {
	p := &a.parts[slot]
	p.records += records
	if p.level != level || level > 0 && p.steps[p.open[level]].container != a.path[level] {
		a.enter(p, level)
	}
	if level == inRequest {
		p.size += piece.end - piece.start
	} else {
		p.steps[p.open[level]].end += piece.end - piece.start
	}
	last := len(p.steps) - 1
	if last >= 0 && p.steps[last].container < 0 && p.steps[last].end == piece.start {
		p.steps[last].end = piece.end
		return
	}
	p.steps = append(p.steps, step{-1, piece})
}

// enter completes containers of a part and begins others, until it is where the path is.
func (a *assembly) enter(p *part, level int) {
	for p.level > level || p.level > 0 && p.steps[p.open[p.level]].container != a.path[p.level] {
		a.leave(p)
	}
	for p.level < level {
		p.level++
		p.open[p.level] = len(p.steps)
		c := a.path[p.level]
		p.steps = append(p.steps, step{c, extent{0, a.containers[c].size}})
	}
}

// leave completes the last container of a part.
func (a *assembly) leave(p *part) {
	done := p.steps[p.open[p.level]]
	size := headSize(a.containers[done.container].number, done.end) + done.end
	p.level--
	if p.level == inRequest {
		p.size += size
	} else {
		p.steps[p.open[p.level]].end += size
	}
}

// total completes all parts, and is how many bytes and records they have together.
func (a *assembly) total() (size, records int) {
	for i := range a.parts {
		p := &a.parts[i]
		for p.level > inRequest {
			a.leave(p)
		}
		size += a.containers[0].size + p.size
		records += p.records
	}
	return size, records
}

// write makes the body of a part that is complete.
func (a *assembly) write(p *part, b []byte) []byte {
	request := a.containers[0]
	body := make([]byte, 0, request.size+p.size)
	body = a.writeHeader(body, b, request)
	for _, s := range p.steps {
		if s.container < 0 {
			body = append(body, s.of(b)...)
			continue
		}
		c := a.containers[s.container]
		body = appendHead(body, c.number, s.end)
		body = a.writeHeader(body, b, c)
	}
	return body
}

func (a *assembly) writeHeader(body, b []byte, c container) []byte {
	for _, e := range a.headers[c.header.start:c.header.end] {
		body = append(body, e.of(b)...)
	}
	return body
}
