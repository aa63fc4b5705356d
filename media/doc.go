// Package media carries a participant's audio on and off the wire: RTP, SRTP
// and RTCP, jitter buffer, concealment, codecs, resampling, comfort noise, and
// telephone-events. It knows nothing of conferences.
//
// A Leg is driven by the tick of the clock that owns it: Receive, ReadFrame,
// WriteFrame, every 20 ms. It has no goroutine and no lock, and none of the
// three allocates or blocks. What is costly to make, Prepare makes before.
//
// A packet waits as it came until its time to play. Then it is decoded whole
// into a store at the codec's own rate, where holes are concealed and the delay
// is corrected, and frames of 20 ms are taken out and resampled to the rate of
// the conference. Where codec and conference have the same rate and nothing is
// missing, what comes out is what was coded, to the bit.
//
// Limits: packets of more than 60 ms are dropped, of more than 120 ms of Opus
// and of more than 20 ms of L16 at 48 kHz; the playout delay follows at most
// 200 ms of jitter; concealment is silent after 60 ms, of Opus after 120 ms.
// Delay is corrected by exactly 20 ms at a time, so that frames go on ending
// where packets do. Plain RTP behind a NAT cannot be fully protected: until a
// phone whose SDP names a private address has sent four packets in a row,
// another sender may be taken for it. A phone whose SDP names a public address
// is heard from there only.
package media
