// Package sdp speaks session descriptions (RFC 4566) and the offer/answer
// model (RFC 3264) for one line of audio.
//
// Reading is forgiving: [Parse] keeps only the lines that offer/answer needs,
// in the order the grammar wants, and mends what phones and carriers commonly
// get wrong. Writing is strict.
//
// Audio is Opus, G.722, G.711 or linear at 8, 16 or 48 kHz, of one audio
// channel, with telephone-event at the clock of the codec and, if asked for,
// comfort noise. A [Policy] says what of it is agreed to and in which order.
//
// Keys for SRTP travel in crypto lines (RFC 4568), which are read strictly: a
// line that says anything this package would not do is as good as none. They
// are as secret as the signalling that carries them. What the package prints,
// its errors included, holds no key.
//
//	offered            off           optional            required
//	RTP/AVP            RTP           RTP                 488
//	RTP/AVP + crypto   RTP           SRTP on RTP/AVP     SRTP on RTP/AVP
//	RTP/SAVP + crypto  488           SRTP                SRTP
//	both lines         RTP           SRTP                SRTP
//
// Limits: RTP/AVP, AVPF, SAVP and SAVPF; no DTLS, no ICE, no host names in
// connection lines, no MKI, no session parameters of SRTP, no 44.1 kHz.
package sdp
