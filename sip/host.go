package sip

import (
	"context"
	"net/netip"

	"partyline/bridge"
)

// host is what the front end needs of the bridge.
type host interface {
	// OpenLeg reserves a media path. It returns bridge.ErrBusy or
	// bridge.ErrDraining when there is none to be had.
	OpenLeg() (leg, error)
	Draining() bool
}

// leg is a reserved media path. Exactly one of Join and Close is called.
type leg interface {
	// LocalAddr is where RTP is received.
	LocalAddr() netip.AddrPort
	// Join takes a place in a conference with this leg, or closes it and says
	// why not.
	Join(context.Context, bridge.JoinRequest) (participant, error)
	Close() error
}

// participant is a place in a conference. Its methods are safe for concurrent
// use.
type participant interface {
	ID() string
	Acknowledge()
	UpdateMedia(context.Context, bridge.MediaParams) error
	// Digit reports a digit that did not come in RTP.
	Digit(byte) error
	Leave(bridge.LeaveReason)
}

// bridgeHost is a Bridge as a host.
type bridgeHost struct{ b *bridge.Bridge }

func (h bridgeHost) Draining() bool { return h.b.Draining() }

func (h bridgeHost) OpenLeg() (leg, error) {
	l, err := h.b.OpenLeg()
	if err != nil {
		return nil, err
	}
	join := func(ctx context.Context, r bridge.JoinRequest) (participant, error) {
		r.Leg = l
		p, err := h.b.Join(ctx, r)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
	return &bridgeLeg{l.LocalAddr(), join, l.Close}, nil
}

// bridgeLeg is a media leg whose type this package may not name.
type bridgeLeg struct {
	addr  netip.AddrPort
	join  func(context.Context, bridge.JoinRequest) (participant, error)
	close func() error
}

func (l *bridgeLeg) LocalAddr() netip.AddrPort { return l.addr }
func (l *bridgeLeg) Close() error              { return l.close() }

func (l *bridgeLeg) Join(ctx context.Context, r bridge.JoinRequest) (participant, error) {
	return l.join(ctx, r)
}
