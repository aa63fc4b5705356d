// Package mixer is the arithmetic of a conference: who hears whom, in samples.
//
// Once per tick [Mixer.Mix] turns what every [Party] said into what every
// party hears:
//
//	State ──route──► who speaks, who whispers, what each ear is open to
//	In ───voices───► sum of the speakers, in 32 bits, never clipped
//	sum − own voice + whispers ──ear gain──► + prompt, announcement, beep
//	      ──limiter──► Out
//
// Everything whose gain is one stays in integers, so a lone talker comes out
// sample for sample. A changed route is faded over 8 ms inside the tick that
// changed it. A voice that must no longer be heard is faded out with audio
// from before the change, mirrored in time: not one sample spoken after the
// change reaches an ear it is not meant for.
//
// What lives no longer than a tick is in a [Scratch], which all mixers of one
// goroutine share: [Mixer.Begin] starts a tick in it. A party itself keeps what
// it said last, for a fade to come, and the state of its ear.
//
// The package starts no goroutine, takes no lock, reads no clock, and Mix
// allocates nothing. A Mixer and its parties belong to one goroutine.
//
// Limits: all parties share one rate at a time, a frame is 20 ms, and a sum of
// more than 65,536 full-scale talkers would overflow.
package mixer
