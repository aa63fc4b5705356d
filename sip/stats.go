package sip

import "sync/atomic"

// Stats counts what the front end has seen since it started.
type Stats struct {
	Datagrams  uint64 // received
	Junk       uint64 // datagrams that are no SIP, dropped
	Malformed  uint64 // requests answered 400, 505 or 513 before any transaction, or dropped
	Limited    uint64 // requests answered 503 because their source sends too many
	ReadErrors uint64 // failed reads on a listener
	Requests   uint64 // requests that reached a handler
	Refused    uint64 // INVITEs answered with a final 4xx, 5xx
	Answered   uint64 // calls answered 200
	Panics     uint64 // requests that made the program panic; answered 500
	Calls      int64  // calls now
}

type counters struct {
	datagrams, junk, malformed, limited, readErrors,
	requests, refused, answered, panics atomic.Uint64
	calls atomic.Int64
}

// Stats returns the counters. Safe for concurrent use.
func (s *Server) Stats() Stats {
	c := &s.count
	return Stats{
		Datagrams:  c.datagrams.Load(),
		Junk:       c.junk.Load(),
		Malformed:  c.malformed.Load(),
		Limited:    c.limited.Load(),
		ReadErrors: c.readErrors.Load(),
		Requests:   c.requests.Load(),
		Refused:    c.refused.Load(),
		Answered:   c.answered.Load(),
		Panics:     c.panics.Load(),
		Calls:      c.calls.Load(),
	}
}
