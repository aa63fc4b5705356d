// Package sdp speaks session descriptions (RFC 4566) and the offer/answer
// model (RFC 3264) for one line of audio.
//
// Reading is forgiving: [Parse] keeps only the lines that offer/answer needs,
// in the order the grammar wants, and mends what phones and carriers commonly
// get wrong. Writing is strict.
//
// Limits: G.711 and telephone-event over RTP/AVP and RTP/AVPF; no SRTP, no
// ICE, no host names in connection lines.
package sdp
