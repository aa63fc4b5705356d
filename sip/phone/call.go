package phone

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call is one call: its dialog and its audio. Its methods are safe for
// concurrent use, but re-INVITEs must not overlap.
type Call struct {
	phone    *Phone
	id       string // Call-ID
	localTag string
	audio    *audio
	running  context.Context // until the call ends
	stop     context.CancelFunc
	done     chan struct{} // closed when the call ended

	mu        sync.Mutex
	cseq      uint32
	remoteTo  string // the far end as it stands in To
	remoteURI string // the remote target (RFC 3261 section 12.1.2)
	routes    []string
	hop       netip.AddrPort // where requests are sent
	version   int            // of our SDP
	offer     statement      // what we offer
	acks      map[uint32]ack // of 2xx responses, by CSeq
	repeats   int
	started   bool
	ended     bool
	endReason string
}

// ack is a prepared acknowledgement of a 2xx.
type ack struct {
	request *request
	held    bool // not sent until Call.ACK
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.id }

// Done is closed when the call is over, whoever ended it. A BYE of the far end
// is answered right after.
func (c *Call) Done() <-chan struct{} { return c.done }

// EndReason says how the call ended: the Reason header of the far end's BYE,
// "BYE" when it had none, "hung up" or "unplugged". It is "" during the call.
func (c *Call) EndReason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.endReason
}

// Repeated200s counts the 200s to INVITE that came more than once.
func (c *Call) Repeated200s() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.repeats
}

// Hangup sends BYE and ends the call whatever the answer is. It returns nil
// when the call was already over.
func (c *Call) Hangup(ctx context.Context) error {
	if c.running.Err() != nil {
		return nil
	}
	bye := c.request(sip.BYE, "", nil)
	c.audioOff()
	res, err := c.phone.exchange(ctx, bye)
	crossed := c.running.Err() != nil // the far end's BYE came meanwhile
	c.finish("hung up")
	switch {
	case crossed:
		return nil
	case err != nil:
		return err
	case !res.IsSuccess():
		return refused(res)
	}
	return nil
}

// Hold puts the far end on hold (RFC 3264 section 8.4).
func (c *Call) Hold(ctx context.Context) error { return c.Reinvite(ctx, WithDirection(SendOnly)) }

// Resume takes the far end off hold.
func (c *Call) Resume(ctx context.Context) error { return c.Reinvite(ctx, WithDirection(SendRecv)) }

// Reinvite makes a new offer in the call. What no option names stays as it
// is. A refusal, a *Refused, leaves the call as it was.
func (c *Call) Reinvite(ctx context.Context, opts ...Option) error {
	c.mu.Lock()
	before := c.offer
	c.mu.Unlock()
	o := options{statement: before}
	for _, opt := range opts {
		opt(&o)
	}
	invite := c.invite(&o)
	res, err := c.phone.exchange(ctx, invite)
	if err == nil && !res.IsSuccess() {
		c.phone.ackRefusal(invite, res)
		err = refused(res)
	}
	if err != nil {
		c.mu.Lock()
		c.offer = before
		c.mu.Unlock()
		return err
	}
	return c.answered(res, &o)
}

// ACK sends the acknowledgements that NoACK kept back.
func (c *Call) ACK() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for cseq, a := range c.acks {
		c.acks[cseq] = ack{request: a.request}
		c.phone.send(a.request.wire(c.phone.local), a.request.to)
	}
}

// SetVoice changes what the phone says, from the next packet on.
func (c *Call) SetVoice(v Voice) {
	c.audio.mu.Lock()
	c.audio.voice, c.audio.payload = v, nil
	c.audio.mu.Unlock()
}

// SetPayload makes the phone send bytes as they are, 160 per packet of G.711 or
// G.722 and as many as the codec has otherwise.
func (c *Call) SetPayload(fill func(dst []byte)) {
	c.audio.mu.Lock()
	c.audio.payload = fill
	c.audio.mu.Unlock()
}

// Heard is all audio received so far at the phone's rate, laid out by RTP timestamp:
// what was lost or never sent is silence.
func (c *Call) Heard() []int16 {
	s, _ := c.audio.heard.from(0)
	return s
}

// Mark is the length of Heard in samples.
func (c *Call) Mark() int { return c.audio.heard.len() }

// HeardSince is Heard from a mark on.
func (c *Call) HeardSince(mark int) []int16 {
	s, _ := c.audio.heard.from(mark)
	return s
}

// Listen waits until the phone has received d more audio from a mark on and
// returns exactly that much. It fails when ctx or the call ends first.
func (c *Call) Listen(ctx context.Context, mark int, d time.Duration) ([]int16, error) {
	want := int(d.Seconds() * float64(c.audio.rate))
	for {
		s, grown := c.audio.heard.from(mark)
		if len(s) >= want {
			return s[:want], nil
		}
		select {
		case <-grown:
		case <-c.done:
			return s, fmt.Errorf("phone: call ended after %d of %d samples", len(s), want)
		case <-ctx.Done():
			return s, fmt.Errorf("phone: heard %d of %d samples: %w", len(s), want, ctx.Err())
		}
	}
}

// Packets are all RTP packets received so far, in the order they came.
func (c *Call) Packets() []Packet {
	c.audio.heard.mu.Lock()
	defer c.audio.heard.mu.Unlock()
	return append([]Packet(nil), c.audio.heard.packets...)
}

// Stats are the counters of the call so far.
func (c *Call) Stats() Stats {
	s := c.audio.heard.snapshot()
	c.audio.mu.Lock()
	defer c.audio.mu.Unlock()
	s.Sent, s.SendSkips = c.audio.sent, c.audio.sendSkips
	return s
}

// RTPAddr is the address of the phone's RTP socket.
func (c *Call) RTPAddr() netip.AddrPort { return c.audio.local() }

// Remote is where the phone sends RTP, the zero value while that is nowhere.
func (c *Call) Remote() netip.AddrPort { return c.audio.now().remote }

// start sets the audio going, once.
func (c *Call) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started && !c.ended {
		c.started = true
		c.phone.loops.Go(func() { c.audio.run(c.running) })
	}
}

// audioOff sends no more audio.
func (c *Call) audioOff() {
	c.audio.mu.Lock()
	c.audio.talk.sends = false
	c.audio.mu.Unlock()
}

// finish ends the call on our side, once.
func (c *Call) finish(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended, c.endReason = true, reason
	c.stop()
	if !c.started {
		_ = c.audio.rtp.Close()
		_ = c.audio.rtcp.Close()
	}
	close(c.done)
}
