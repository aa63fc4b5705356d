package mixer

// State is what the conference decided about a party. The owner sets it
// between ticks; the next Mix fades from the previous state to this one.
//
// Precedence: Leaving, Waiting and Held silence and deafen a party whatever
// else is set; then Muted; then Coaching.
type State struct {
	// Coachee is who hears a party that is Coaching.
	Coachee *Party
	// Muted: heard by nobody, not even by a coachee; hears everything.
	Muted bool
	// Held: neither heard nor hears anybody; hears its Prompt alone.
	Held bool
	// Waiting: the conference has not started for this party. Like Held, but
	// a conference announcement is heard in place of the Prompt.
	Waiting bool
	// Leaving: neither heard nor hears anything.
	Leaving bool
	// Coaching: heard by Coachee alone, and by nobody when Coachee is nil,
	// held, waiting, leaving or removed.
	Coaching bool
	// Announced: a private announcement plays as Prompt, over the ducked conference;
	// with Alone, instead of the conference's voices.
	Announced, Alone bool
	// Deaf: nothing is sent to the party now; its Out is not computed.
	Deaf bool
}

// Party is one ear and one voice of a conference. The owner sets the input
// fields before each Mix and reads the output fields after it, on the
// goroutine of the conference.
//
// What every tick needs of whoever just talks or listens comes first: two cache
// lines, and two more of the past of a talker.
type Party struct {
	// In is what the party says, one frame. The owner fills it in place, after
	// Begin where the mixer shares its Scratch; a mixer that has one to itself
	// keeps what In holds until the owner writes to it again.
	In []int16
	// Out is what the party hears, one frame, valid until the next Begin or Mix
	// of any mixer that shares the Scratch. It may be shared with others, or be
	// the Prompt, and must not be written to. Nil when Deaf, empty where it is left to
	// Hear.
	Out []int16
	// Bus is 0 for all parties that share the common Out. A party with an Out
	// of its own has a number above 0 that is its alone and never changes.
	Bus int
	// Level is the loudness of In, LevelFloor for digital silence.
	Level DBov
	// Live says that In holds audio this tick; false means digital silence,
	// whatever In contains.
	Live    bool
	hasPast bool  // near or far holds what was heard by somebody and is not silent
	voice   shape // what of it is in the conference's sum this tick
	part    part

	State   State
	was     State   // of which now was made
	limiter limiter // of its own Out
	// Prompt is this tick's frame of private audio, heard while Held, Waiting
	// or Announced. Nil: none. It may become Out, and so stays as it is until
	// Out has been read.
	Prompt []int16

	near [8 * rampTime]int16 // what In held just before this tick, where that is not more

	// PromptEnding is this tick's frame of a source that stops now and is
	// faded out. Nil: none. A Prompt that goes to nil without it just stops.
	PromptEnding []int16
	// PromptFresh: the source of Prompt began this tick and is faded in.
	PromptFresh bool
	prompted    bool // the previous Out contained a Prompt

	place     int    // among the parties of its mixer
	mixer     *Mixer // nil once removed
	bus       int
	now, then route    // of this tick and the one before
	asides    *aside   // whispers this party hears
	whisper   [2]aside // nodes for the asides this party causes
	far       []int16  // like near, at rates above 8 kHz
}

// past is the end of what In held before this tick, all but the newest of its
// last n+1 samples: a ramp of them at the rate of that time.
func (p *Party) past(n int) []int16 {
	if n <= len(p.near) {
		return p.near[:n]
	}
	return p.far[:n]
}

// keep makes room for a past of n samples.
func (p *Party) keep(n int) {
	if n > len(p.near) && n > cap(p.far) {
		p.far = make([]int16, n)
	}
}

// ConferenceAudio is what the conference itself has to say this tick.
type ConferenceAudio struct {
	// Announce is heard by everybody who is neither held nor leaving.
	Announce []int16
	// Beep is heard by everybody who is neither held, waiting nor leaving,
	// except by BeepExcept.
	Beep       []int16
	BeepExcept *Party
}
