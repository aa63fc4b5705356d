// Package phone is a small SIP telephone for tests and demonstrations.
//
// It calls over real UDP sockets, speaks and listens in G.711, G.722, Opus and
// linear audio, in the clear or over SRTP, and remembers every packet it
// received. It shares no code with the bridge it calls, so an error on one side
// is not hidden by the same error on the other.
//
//	Phone ── SIP socket ── reader ──► transactions, by branch
//	                          └─────► calls, by Call-ID
//	Call ─── RTP socket ── sender    20 ms each 20 ms, absolute deadlines
//	                    └─ receiver  ──► recording, by RTP timestamp
//
// Limits: a phone places calls and answers BYE, re-INVITE and OPTIONS, but is
// never called. UDP and IPv4 or IPv6 literals and names, no authentication,
// no DTMF, loose routing only, packets of 20 ms, or of 10 ms for L16/48000. It
// conceals nothing: what was lost is silence.
package phone
