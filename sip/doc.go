// Package sip is the SIP front end of the bridge: it takes calls in and joins
// them to conferences.
//
// Transport and transactions are sipgo's. Everything above is here:
//
//	datagram ─► gate ─► sipgo transport ─► arrive ─► sipgo transaction ─► Server.onRequest
//	            │ 400 413 503 505           mends       │ 100, CANCEL       │ validate, 4xx
//	            ▼ or dropped                headers     ▼                   ▼
//	          phone                                   phone        dialog (an actor each)
//	                                                                 │ OpenLeg, Join, UpdateMedia
//	                                                                 ▼
//	                                                               bridge
//
// A dialog (RFC 3261 section 12) is an actor: it takes requests, ACKs, time-outs
// and the bridge's hang-up in turn, so the requests of one call are handled
// strictly in order. It has a goroutine while there is something to do: a call
// that stands costs no stack, and once it has its 200 no transaction either.
//
// Limits: UDP only; no authentication, no outgoing calls, no reliable
// provisional responses (Require: 100rel is refused), no session timers, no
// UPDATE, INFO or REFER (405), and no early dialogs: a call is answered at once
// or refused.
package sip
