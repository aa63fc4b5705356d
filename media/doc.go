// Package media carries a participant's audio on and off the wire: RTP and
// RTCP sockets, jitter buffer, concealment, G.711, and telephone-events. It
// knows nothing of conferences.
//
// A Leg is driven by the tick of the clock that owns it: Receive, ReadFrame,
// WriteFrame, every 20 ms. It has no goroutine and no lock, and none of the
// three allocates or blocks.
//
// Limits: packets of more than 60 ms are dropped; the playout delay follows at
// most 200 ms of jitter; concealment knows voices from 67 to 200 Hz. Plain RTP
// behind a NAT cannot be fully protected: until a phone whose SDP names a
// private address has sent four packets in a row, another sender may be taken
// for it. A phone whose SDP names a public address is heard from there only.
package media
