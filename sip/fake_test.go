package sip

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"partyline/bridge"
)

// fakeBridge is a host that notes what it is asked to do.
type fakeBridge struct {
	mu       sync.Mutex
	draining bool
	openErr  error
	joinErr  error
	// joinGate and updateGate hold calls until something is received.
	joinGate, updateGate chan struct{}
	updateErr            error
	joinDelay            time.Duration
	ignoreCtx            bool // Join goes on although its context ended
	legs                 int  // open now
	next                 uint16
	parties              []*fakeParty
	host                 netip.Addr
	panicOnJoin          bool
	digitErr             error
	wire                 *wire
}

func (b *fakeBridge) Draining() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.draining
}

func (b *fakeBridge) OpenLeg() (leg, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openErr != nil {
		return nil, b.openErr
	}
	b.legs++
	b.next += 2
	host := b.host
	if !host.IsValid() {
		host = netip.MustParseAddr("127.0.0.1")
	}
	return &fakeLeg{b: b, addr: netip.AddrPortFrom(host, 20_000+b.next)}, nil
}

func (b *fakeBridge) all() []*fakeParty {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.parties)
}

// events are the events of all participants in the order they joined.
func (b *fakeBridge) events() [][]string {
	var out [][]string
	for _, p := range b.all() {
		out = append(out, p.seen())
	}
	return out
}

type fakeLeg struct {
	b    *fakeBridge
	addr netip.AddrPort
	gone bool
}

func (l *fakeLeg) LocalAddr() netip.AddrPort { return l.addr }

func (l *fakeLeg) Close() error {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if l.gone {
		panic("leg closed twice")
	}
	l.gone = true
	l.b.legs--
	return nil
}

func (l *fakeLeg) Join(ctx context.Context, r bridge.JoinRequest) (participant, error) {
	if l.b.panicOnJoin {
		panic("join")
	}
	if l.b.joinGate != nil {
		if l.b.ignoreCtx {
			<-l.b.joinGate
		} else {
			select {
			case <-l.b.joinGate:
			case <-ctx.Done():
				l.Close()
				return nil, ctx.Err()
			}
		}
	}
	time.Sleep(l.b.joinDelay)
	if l.b.joinErr != nil {
		l.Close()
		return nil, l.b.joinErr
	}
	p := &fakeParty{leg: l, req: r}
	l.b.mu.Lock()
	l.b.parties = append(l.b.parties, p)
	l.b.mu.Unlock()
	return p, nil
}

type fakeParty struct {
	leg    *fakeLeg
	req    bridge.JoinRequest
	mu     sync.Mutex
	events []string
	params []bridge.MediaParams
	left   bool
}

func (p *fakeParty) note(event string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, event)
}

func (p *fakeParty) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// media is what was last put into force.
func (p *fakeParty) media() bridge.MediaParams {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.params); n > 0 {
		return p.params[n-1]
	}
	return p.req.Media
}

func (p *fakeParty) ID() string   { return "CA" }
func (p *fakeParty) Acknowledge() { p.note("ack") }

func (p *fakeParty) UpdateMedia(ctx context.Context, m bridge.MediaParams) error {
	if gate := p.leg.b.updateGate; gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := p.leg.b.updateErr; err != nil {
		return err
	}
	p.mu.Lock()
	p.params = append(p.params, m)
	p.mu.Unlock()
	p.note("media")
	return nil
}

func (p *fakeParty) Digit(d byte) error {
	if err := p.leg.b.digitErr; err != nil {
		return err
	}
	p.note("digit " + string(rune(d)))
	return nil
}

func (p *fakeParty) Leave(r bridge.LeaveReason) {
	p.note("left " + string(r))
	p.end()
}

// hangUp ends the participant from the bridge's side.
func (p *fakeParty) hangUp(r bridge.LeaveReason) {
	p.end()
	p.req.Call.Hangup(r)
}

func (p *fakeParty) end() {
	p.mu.Lock()
	first := !p.left
	p.left = true
	p.mu.Unlock()
	if first {
		p.leg.Close()
	}
}
