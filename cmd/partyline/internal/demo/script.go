package demo

import "time"

// step is one act of the demonstration.
type step struct {
	title string
	do    action
	// settle is how long the audio may take to arrive; then the listening
	// begins.
	settle time.Duration
	// expect says what each phone hears afterwards: names of sources, "" for
	// silence, or gone. A phone that is not in the conference is not listed.
	expect map[string]string
	// beeps says that expect tells of the beep too, from the action on. It is
	// not looked for elsewhere.
	beeps bool
}

// How long after a request the listening begins: when only the mix changes,
// when a prompt must be fetched first, and when a beep shall be over.
const (
	mixSettles    = 200 * time.Millisecond
	promptSettles = 350 * time.Millisecond
	beepSettles   = 500 * time.Millisecond
	newsIsOver    = 900 * time.Millisecond
)

// hears is the expectation when all three are in the conference.
func hears(alice, bob, carol string) map[string]string {
	return map[string]string{"alice": alice, "bob": bob, "carol": carol}
}

// everyone is how a conference without updates sounds.
var everyone = hears("bob carol", "alice carol", "alice bob")

// script is the whole demonstration.
func script() []step {
	acts := [][]step{waiting(), mute(), hold(), announcements(), coaching(), leaving(), ending()}
	var all []step
	for _, act := range acts {
		all = append(all, act...)
	}
	return all
}

func waiting() []step {
	alone := func(what string) map[string]string { return map[string]string{"bob": what} }
	return []step{
		{title: "bob calls and waits for a starter", do: dials("bob"), settle: promptSettles, expect: alone(music)},
		{title: "bob: WaitUrl=wait.wav WaitMethod=GET", do: updates("bob", "WaitUrl=wait.wav WaitMethod=GET"), settle: promptSettles, expect: alone("wait")},
		{title: "bob: WaitUrl= (empty)", do: updates("bob", "WaitUrl="), settle: mixSettles, expect: alone("")},
		{title: "alice and carol call, the conference starts", do: dials("alice", "carol"), settle: beepSettles, expect: everyone},
	}
}

func mute() []step {
	return []step{
		{title: "alice: Muted=true", do: updates("alice", "Muted=true"), settle: mixSettles, expect: hears("bob carol", "carol", "bob")},
		{title: "alice: Muted=false", do: updates("alice", "Muted=false"), settle: mixSettles, expect: everyone},
	}
}

func hold() []step {
	bobHears := func(what string) map[string]string { return hears("carol", what, "alice") }
	return []step{
		{title: "bob: Hold=true", do: updates("bob", "Hold=true"), settle: promptSettles, expect: bobHears(music)},
		{title: "bob: HoldUrl=hold.wav HoldMethod=GET", do: updates("bob", "HoldUrl=hold.wav HoldMethod=GET"), settle: promptSettles, expect: bobHears("hold")},
		{title: "bob: HoldURL=hold.xml HoldMethod=POST (TeXML)", do: updates("bob", "HoldURL=hold.xml HoldMethod=POST"), settle: promptSettles, expect: bobHears("document")},
		{title: "bob: Hold=false", do: updates("bob", "Hold=false"), settle: mixSettles, expect: everyone},
	}
}

func announcements() []step {
	return []step{
		{title: "carol: AnnounceUrl=news.wav AnnounceMethod=GET", do: updates("carol", "AnnounceUrl=news.wav AnnounceMethod=GET"),
			settle: promptSettles, expect: hears("bob carol", "alice carol", "alice bob news")},
		{title: "… and it ends by itself", do: nothing, settle: newsIsOver, expect: everyone},
		{title: "conference: AnnounceUrl=notice.xml (TeXML)", do: updatesConference("AnnounceUrl=notice.xml"),
			settle: promptSettles, expect: hears("bob carol notice", "alice carol notice", "alice bob notice")},
	}
}

func coaching() []step {
	return []step{
		{title: "carol: Coaching=true CallSidToCoach=alice", do: updates("carol", "Coaching=true CallSidToCoach=alice"),
			settle: newsIsOver, expect: hears("bob carol", "alice", "alice bob")},
		{title: "carol: CallSidToCoach=bob", do: updates("carol", "CallSidToCoach=bob"),
			settle: mixSettles, expect: hears("bob", "alice carol", "alice bob")},
		{title: "carol: Coaching=false", do: updates("carol", "Coaching=false"), settle: mixSettles, expect: everyone},
	}
}

func leaving() []step {
	return []step{
		{title: "carol: BeepOnExit=true, DELETE carol", do: both(updates("carol", "BeepOnExit=true"), removes("carol")),
			settle: beepSettles, expect: hears("bob beep", "alice beep", gone), beeps: true},
		{title: "carol calls again", do: dials("carol"), settle: beepSettles, expect: everyone},
		{title: "carol: BeepOnExit=false, carol hangs up", do: both(updates("carol", "BeepOnExit=false"), hangsUp("carol")),
			settle: beepSettles, expect: hears("bob", "alice", gone), beeps: true},
	}
}

func ending() []step {
	return []step{
		{title: "carol calls again", do: dials("carol"), settle: beepSettles, expect: everyone},
		{title: "alice: EndConferenceOnExit=true, alice hangs up", do: both(updates("alice", "EndConferenceOnExit=true"), hangsUp("alice")),
			expect: hears(gone, gone, gone)},
		{title: "all three call again", do: dials("alice", "bob", "carol"), settle: beepSettles, expect: everyone},
		{title: "conference: Status=completed", do: updatesConference("Status=completed"), expect: hears(gone, gone, gone)},
	}
}
