package bridge

import (
	"context"
	"errors"
	"time"
)

// MediaView is what the numbers of a participant's leg were in some tick.
type MediaView struct {
	Stats            MediaStats
	Level            float64 // of its voice in that tick, in dBov; -127 is silence
	MOS              float64 // estimate of how it is heard, 1 to 4.41; 0 without audio
	Codec            Codec   // of what is sent to the phone
	Rate             int     // of its conference, in Hz
	JitterBufferSize JitterBufferSize
}

// ParticipantMediaView is one participant's numbers, and whose they are.
type ParticipantMediaView struct {
	Conference  *ConferenceView
	Participant *ParticipantView
	Media       MediaView
}

// numbers are a participant's as the tick knows them; the opinion score is
// worked out elsewhere.
func (p *party) numbers() MediaView {
	return MediaView{
		Stats: p.leg.Stats(), Level: float64(p.voice.Level), Codec: p.params.Tx.Codec,
		Rate: p.conf.rate, JitterBufferSize: p.jitterBuffer,
	}
}

// withScore adds the opinion score.
func (m MediaView) withScore() MediaView {
	m.MOS = m.Stats.MOS()
	return m
}

// numbersCommand reads a leg's counters, which belong to the tick.
type numbersCommand struct {
	ref string
	to  chan result
}

func (n *numbersCommand) apply(c *conference, _ time.Time) reply {
	p := c.find(n.ref)
	if p == nil {
		return reply{to: n.to, err: ErrNotFound}
	}
	return reply{to: n.to, p: p, media: p.numbers()}
}

// ParticipantMedia returns the numbers of a participant's leg as of the next
// tick. The errors are ErrNotFound, ErrBusy and the context's.
func (b *Bridge) ParticipantMedia(ctx context.Context, account, conference, participant string) (MediaView, error) {
	c, _, err := b.find(account, conference)
	if err != nil || c == nil {
		return MediaView{}, ErrNotFound
	}
	to := make(chan result, 1)
	r, err := c.post(ctx, &numbersCommand{ref: participant, to: to}, to)
	return r.media.withScore(), gone(err)
}

// census reads the numbers of all participants of a conference. The caller
// makes the room for them, so that the tick allocates nothing.
type census struct {
	conf *conference
	ids  []string
	all  []MediaView
	to   chan result
}

// lateComers is the room of a census for those who join before its tick.
const lateComers = 64

// newCensus is one that has been answered and is used again, or a new one.
func (b *Bridge) newCensus(c *conference) *census {
	n, ok := b.censuses.Get().(*census)
	if !ok {
		n = &census{to: make(chan result, 1)}
	}
	n.conf = c
	if room := len(c.view.Load().Participants) + lateComers; room > cap(n.all) {
		n.ids, n.all = make([]string, 0, room), make([]MediaView, 0, room)
	}
	return n
}

// release lets an answered census be used again.
func (n *census) release() {
	clear(n.ids)
	b := n.conf.bridge
	n.conf, n.ids, n.all = nil, n.ids[:0], n.all[:0]
	b.censuses.Put(n)
}

func (n *census) apply(c *conference, _ time.Time) reply {
	for _, p := range c.parties {
		if p.leaving == "" && len(n.all) < cap(n.all) {
			n.ids, n.all = append(n.ids, p.id), append(n.all, p.numbers())
		}
	}
	return reply{to: n.to}
}

// views names the numbers, by the picture of the same tick or a later one; who
// has left since is left out.
func (n *census) views(all []ParticipantMediaView) []ParticipantMediaView {
	v := n.conf.view.Load()
	for i, id := range n.ids {
		if p := v.byCallID(id); p != nil {
			all = append(all, ParticipantMediaView{Conference: v, Participant: p, Media: n.all[i].withScore()})
		}
	}
	return all
}

// byCallID finds the participant of that call id; nil when absent.
func (v *ConferenceView) byCallID(id string) *ParticipantView {
	for _, p := range v.Participants {
		if p.CallID == id {
			return p
		}
	}
	return nil
}

// MediaViews returns the numbers of every participant of every account, in the
// order of conferences and of joining. It asks each conference once, all at the
// same time, and leaves out the ones that do not answer: then the error is
// ErrBusy or the context's, beside what the others have told.
func (b *Bridge) MediaViews(ctx context.Context) ([]ParticipantMediaView, error) {
	var missing error
	var asked []*census
	present := 0
	for _, c := range b.all() {
		present += len(c.view.Load().Participants)
		n := b.newCensus(c)
		select {
		case c.commands <- n:
			asked = append(asked, n)
		default:
			missing = ErrBusy
		}
	}
	all := make([]ParticipantMediaView, 0, present)
	for _, n := range asked {
		select {
		case <-n.to:
			all = n.views(all)
			n.release()
		case <-n.conf.done: // over: nobody is in it
		case <-b.quit:
			return all, ErrDraining
		case <-ctx.Done():
			return all, errors.Join(missing, ctx.Err())
		}
	}
	return all, missing
}
