// Package tone makes test tones and finds them again: who is heard in a
// recording and how loud, where a tone breaks, how late a signal arrives.
//
// Levels are in dBov throughout, as in RFC 6464: 0 dBov is the power of a
// full-scale square wave, so the loudest sine there is has −3.01 dBov.
// Frequencies are whole hertz, so that a second holds whole periods only.
package tone
