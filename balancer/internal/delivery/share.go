package delivery

import "time"

// A share is what of a request goes to one backend. It is in one list, or in one call, or with the mover. The lock of
// the balancer guards all of it, except that whoever has taken it out of its list may read and write its body.
type share struct {
	body    []byte // nil: it is on the storage only
	size    int    // of the body
	records int
	since   time.Duration // when it was accepted
	made    uint64        // the generation of the route that it was made by
	home    *backend      // whose it is, or was while it is on the move; nil: nobody's yet
	spilled *backend      // whose it was first, but there was no room; nil: there was
	charged bool          // its size is part of what its backend holds
	kept    bool          // its body is part of what is kept in memory although it is stored
	alone   bool          // a call that merged it with others was refused for good
	waiter  *waiter       // who waits for the answer; nil: it is in a queue
	key     uint64        // of the stored item; 0: none
	whole   *whole        // the stored item that it is a piece of; nil: none

	in         *list
	prev, next *share
}

// A whole is a stored item that could not be replaced by the pieces it was split into. It is deleted when all of them
// are settled.
type whole struct {
	key    uint64
	pieces int    // not settled
	outer  *whole // that this is a piece of itself; nil: none
}

// list is a chain of shares.
type list struct {
	head, tail *share
	bytes      int
}

func (l *list) pushBack(s *share) {
	s.in, s.prev, s.next = l, l.tail, nil
	if l.tail == nil {
		l.head = s
	} else {
		l.tail.next = s
	}
	l.tail = s
	l.bytes += s.size
}

func (l *list) pushFront(s *share) {
	s.in, s.prev, s.next = l, nil, l.head
	if l.head == nil {
		l.tail = s
	} else {
		l.head.prev = s
	}
	l.head = s
	l.bytes += s.size
}

// remove takes a share out of the list that it is in.
func (l *list) remove(s *share) {
	if s.prev == nil {
		l.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		l.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.in, s.prev, s.next = nil, nil, nil
	l.bytes -= s.size
}
