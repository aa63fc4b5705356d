package mixer

// State is what the conference decided about a party. The owner sets it
// between ticks; the next Mix fades from the previous state to this one.
//
// Precedence: Leaving, Waiting and Held silence and deafen a party whatever
// else is set; then Muted; then Coaching.
type State struct {
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
	Coachee  *Party
	// Announced: a private announcement plays as Prompt, over the ducked conference;
	// with Alone, instead of the conference's voices.
	Announced, Alone bool
	// Deaf: nothing is sent to the party now; its Out is not computed.
	Deaf bool
}

// Party is one ear and one voice of a conference. The owner sets the input
// fields before each Mix and reads the output fields after it, on the
// goroutine of the conference.
type Party struct {
	State State

	// In is what the party says, one frame. The owner fills it in place.
	In []int16
	// Live says that In holds audio this tick; false means digital silence,
	// whatever In contains.
	Live bool
	// Prompt is this tick's frame of private audio, heard while Held, Waiting
	// or Announced. Nil: none. Read during Mix only.
	Prompt []int16
	// PromptFresh: the source of Prompt began this tick and is faded in.
	PromptFresh bool
	// PromptEnding is this tick's frame of a source that stops now and is
	// faded out. Nil: none. A Prompt that goes to nil without it just stops.
	PromptEnding []int16

	// Out is what the party hears, one frame, valid until the next Mix. It
	// may be shared with others and must not be written to. Nil when Deaf.
	Out []int16
	// Bus is 0 for all parties that share the common Out. A party with an Out
	// of its own has a number above 0 that is its alone and never changes.
	Bus int
	// Level is the loudness of In, LevelFloor for digital silence.
	Level DBov

	mixer     *Mixer // nil once removed
	bus       int
	now, then route // of this tick and the one before
	prompted  bool  // the previous Out contained a Prompt

	voice   []int16 // its part of the conference's sum this tick, nil for silence
	rising  []int16 // In faded in, only while the voice's route changes
	falling []int16 // past faded out, likewise
	past    []int16 // what In held just before this tick
	hasPast bool    // past was heard by somebody and is not silent

	asides  *aside   // whispers this party hears
	whisper [2]aside // nodes for the asides this party causes
	limiter limiter  // of its own Out
	out     []int16  // backs Out when it is not shared
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
