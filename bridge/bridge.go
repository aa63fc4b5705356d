// Package bridge is the domain of Partyline: conferences, their participants,
// the commands that change them and the clock that mixes them.
//
// A conference is a plain struct that one clock goroutine owns. Every 20 ms its
// tick takes commands, receives, mixes, sends and publishes; nothing else
// touches its state. Everybody else posts typed commands to it and reads the
// immutable views it publishes.
package bridge

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"partyline/media"
)

// maxEvents and maxActions bound what the ticks hand to the bridge's own
// goroutines.
const (
	maxEvents  = 8192
	maxActions = 4096
)

// Bridge is the process-wide host of all conferences. Its methods are safe for
// concurrent use.
type Bridge struct {
	cfg    Config
	clocks []*clock
	help   chan *work // without room: only a clock that is idle takes some
	outbox chan action
	events chan Event
	quit   chan struct{}  // closed when outbox and events are to finish
	ticks  sync.WaitGroup // the clocks
	own    sync.WaitGroup // outbox and events

	droppedEvents atomic.Int64
	past          past
	censuses      sync.Pool // of *census, answered
	draining      atomic.Bool

	mu   sync.Mutex // guards registry
	reg  registry
	once sync.Once
}

// New starts a bridge. Close stops it.
func New(cfg Config) (*Bridge, error) {
	if cfg.Network == nil || cfg.Prompts == nil {
		return nil, errors.New("bridge: Config needs Network and Prompts")
	}
	b := newBridge(cfg)
	b.own.Go(b.runOutbox)
	b.own.Go(b.runEvents)
	for _, k := range b.clocks {
		b.ticks.Go(k.run)
	}
	return b, nil
}

// newBridge makes a bridge whose goroutines do not run, for tests that tick
// it by hand.
func newBridge(cfg Config) *Bridge {
	cfg = cfg.withDefaults()
	b := &Bridge{
		cfg:    cfg,
		outbox: make(chan action, maxActions),
		events: make(chan Event, maxEvents),
		quit:   make(chan struct{}),
		reg:    newRegistry(),
		help:   make(chan *work),
	}
	for i := range cfg.Clocks {
		k := newClock(time.Duration(i)*TickInterval/time.Duration(cfg.Clocks), b.help)
		k.begin, k.wait = cfg.Begin, cfg.Wait
		b.clocks = append(b.clocks, k)
	}
	return b
}

// OpenLeg opens the media path of a call to come. The errors are ErrDraining,
// ErrBusy when the port range is used up, and the system's.
func (b *Bridge) OpenLeg() (*media.Leg, error) {
	if b.draining.Load() {
		return nil, ErrDraining
	}
	rtp, rtcp, err := b.cfg.Network.Open()
	if errors.Is(err, media.ErrNoPorts) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	return media.NewLeg(media.LegConfig{
		RTP: rtp, RTCP: rtcp,
		Source: b.cfg.Source, ClampDTMF: b.cfg.ClampDTMF,
		SSRC: random32(), Seq: uint16(random32()), Timestamp: random32(),
		CNAME: newID("")[:16],
	}), nil
}

// Join brings a call into the conference of that name, which it creates when
// the account has no live one. The errors are ErrDraining, ErrFull,
// ErrLabelInUse, ErrBusy and the context's; the leg is closed with each of
// them.
//
// A context that ends does not cut a join short, because the leg may be in the
// conference's hands: the participant is taken out again, a tick later.
func (b *Bridge) Join(ctx context.Context, r JoinRequest) (*Participant, error) {
	p, err := b.join(r)
	for errors.Is(err, ErrConferenceEnded) && ctx.Err() == nil {
		p, err = b.join(r) // it ended under our hands: a new one takes its name
	}
	if err != nil {
		r.Leg.Close()
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		p.Leave(SignallingFailed)
		return nil, err
	}
	return p, nil
}

// join returns an error only when no conference has the leg.
func (b *Bridge) join(r JoinRequest) (*Participant, error) {
	setup, err := media.Prepare(r.Media)
	if err != nil {
		return nil, err
	}
	c, err := b.live(r.Account, r.Conference)
	if err != nil {
		return nil, err
	}
	r.Leg.SetJitterBufferSize(r.Options.JitterBufferSize)
	to := make(chan result, 1)
	cmd := &joinCommand{request: r, setup: setup, id: newID("CA"), to: to}
	res, err := c.enter(cmd)
	if err != nil {
		return nil, err
	}
	b.past.joined.Add(1)
	return &Participant{p: res.joined}, nil
}

// live returns the account's live conference of that name, a new one when
// there is none.
func (b *Bridge) live(account, name string) (*conference, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draining.Load() {
		return nil, ErrDraining
	}
	if c := b.reg.live(account, name); c != nil {
		return c, nil
	}
	c := newConference(b, account, name, time.Now())
	k := b.idlest()
	c.door = k.door
	select {
	case k.arrive <- c:
	default:
		return nil, ErrBusy
	}
	k.load.Add(1)
	b.reg.add(c)
	b.past.conferences.Add(1)
	return c, nil
}

// idlest is the clock with the least load.
func (b *Bridge) idlest() *clock {
	best := b.clocks[0]
	for _, k := range b.clocks[1:] {
		if k.load.Load() < best.load.Load() {
			best = k
		}
	}
	return best
}

func (b *Bridge) retire(c *conference) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reg.retire(c, time.Now())
}

// Draining reports that the bridge takes no new calls.
func (b *Bridge) Draining() bool { return b.draining.Load() }

// Drain refuses new participants from now on; those inside stay.
func (b *Bridge) Drain() { b.draining.Store(true) }

// HangUpAll ends every conference and waits until all participants have left
// or ctx is done.
func (b *Bridge) HangUpAll(ctx context.Context) error {
	b.Drain()
	conferences := b.all()
	for _, c := range conferences {
		cmd := &conferenceCommand{update: ConferenceUpdate{Complete: true}, why: EndShutdown, leave: Shutdown}
		select {
		case c.commands <- cmd:
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, c := range conferences {
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (b *Bridge) all() []*conference {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reg.conferences()
}

// Close stops the clocks at once, closes the legs that are left and waits for
// the bridge's goroutines. Call HangUpAll before it to say goodbye to the
// phones.
func (b *Bridge) Close() {
	b.once.Do(func() {
		b.Drain()
		for _, k := range b.clocks {
			close(k.stop)
		}
		b.ticks.Wait()
		for _, k := range b.clocks {
			k.abandon()
		}
		close(b.quit)
		b.own.Wait()
	})
}

// redactURL drops what may be secret from a URL before it is logged.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
