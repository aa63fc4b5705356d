package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ErrCancelled is returned by Call when the CANCEL lost the race: the call
// was answered first, and the phone hung up at once.
var ErrCancelled = errors.New("phone: answered before the cancel, hung up")

// ErrBadAnswer is returned when the 200 carries no usable SDP. The phone has
// acknowledged it and hung up.
var ErrBadAnswer = errors.New("phone: unusable answer")

// afterCancel is how long a cancelled call waits for its final response.
const afterCancel = 5 * time.Second

// An Option changes one call or re-INVITE from what a good phone does.
type Option func(*options)

type options struct {
	lateOffer   bool
	noACK       bool
	cancelAfter time.Duration
	sdp         func(rtp netip.AddrPort) string
	headers     []string
	statement
}

// LateOffer sends the INVITE without SDP and the answer in the ACK.
func LateOffer() Option { return func(o *options) { o.lateOffer = true } }

// NoACK leaves the 200 unacknowledged until Call.ACK.
func NoACK() Option { return func(o *options) { o.noACK = true } }

// CancelAfter sends a CANCEL so long after the INVITE. Call then returns a
// *Refused with status 487, or ErrCancelled.
func CancelAfter(d time.Duration) Option { return func(o *options) { o.cancelAfter = d } }

// WithSDP replaces the offer. It is told the address of the RTP socket.
func WithSDP(sdp func(rtp netip.AddrPort) string) Option { return func(o *options) { o.sdp = sdp } }

// WithHeader adds a header to the INVITE.
func WithHeader(name, value string) Option {
	return func(o *options) { o.headers = append(o.headers, name+": "+value) }
}

// WithDirection sets the direction attribute of the offer.
func WithDirection(d Direction) Option { return func(o *options) { o.direction = d } }

// WithCodec offers codecs, best first, from here on, under the names of
// Config.Codecs. It panics on any other name.
func WithCodec(names ...string) Option {
	c, err := codecsNamed(names...)
	if err != nil {
		panic(err)
	}
	return func(o *options) { o.codecs = c }
}

// WithSRTP offers new keys for crypto suites, under the names of Config.SRTP,
// from here on; none is plain RTP. It panics on any other name.
func WithSRTP(names ...string) Option {
	s, err := suitesNamed(names)
	if err != nil {
		panic(err)
	}
	return func(o *options) { o.crypto = newLines(s) }
}

// Opportunistic offers the keys on RTP/AVP (RFC 8643).
func Opportunistic() Option { return func(o *options) { o.opportunistic = true } }

// Call dials target, such as "sip:sales@127.0.0.1:5060", and returns once the
// call is answered and acknowledged. The error is a *Refused for a final
// response other than 200. When ctx ends first the call is cancelled.
func (p *Phone) Call(ctx context.Context, target string, opts ...Option) (*Call, error) {
	o := options{statement: statement{codecs: p.codecs, direction: SendRecv, crypto: newLines(p.suites)}}
	for _, opt := range opts {
		opt(&o)
	}
	c, err := p.newCall(target, &o)
	if err != nil {
		return nil, err
	}
	if err := c.dial(ctx, &o); err != nil {
		c.finish("failed")
		return nil, err
	}
	return c, nil
}

// newCall prepares the dialog and opens the RTP sockets.
func (p *Phone) newCall(target string, o *options) (*Call, error) {
	var uri sip.Uri
	if err := sip.ParseUri(target, &uri); err != nil {
		return nil, fmt.Errorf("phone: target %q: %w", target, err)
	}
	hop, err := resolve(&uri)
	if err != nil {
		return nil, err
	}
	a, err := openAudio(p.local.Addr(), p.cfg.Rate, p.cfg.Voice)
	if err != nil {
		return nil, err
	}
	c := &Call{
		phone:     p,
		id:        fmt.Sprintf("%016x@%s", rand.Uint64(), p.local.Addr()),
		localTag:  fmt.Sprintf("%08x", rand.Uint32()),
		remoteTo:  "<" + target + ">",
		remoteURI: target,
		hop:       hop,
		offer:     o.statement,
		audio:     a,
		acks:      make(map[uint32]ack),
		done:      make(chan struct{}),
	}
	c.running, c.stop = context.WithCancel(p.closed)
	p.mu.Lock()
	p.calls[c.id] = c
	p.mu.Unlock()
	return c, nil
}

// dial runs the INVITE up to the ACK.
func (c *Call) dial(ctx context.Context, o *options) error {
	invite := c.invite(o)
	cancelled, stopCancelled := ctx, context.CancelFunc(func() {})
	if o.cancelAfter > 0 {
		cancelled, stopCancelled = context.WithTimeout(ctx, o.cancelAfter)
	}
	defer stopCancelled()
	wait, stopWait := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWait()
	keep := context.AfterFunc(cancelled, func() {
		time.AfterFunc(afterCancel, stopWait)
		_, _ = c.phone.exchange(wait, c.cancelOf(invite))
	})
	res, err := c.phone.exchange(wait, invite)
	lost := !keep()
	if err != nil {
		if lost && ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	if !res.IsSuccess() {
		c.phone.ackRefusal(invite, res)
		return refused(res)
	}
	if err := c.answered(res, o); err != nil || lost {
		if err == nil {
			err = ErrCancelled
		}
		return errors.Join(err, c.Hangup(wait))
	}
	return nil
}

// answered sets the dialog up from a 2xx, acknowledges it and starts the
// audio, or directs it anew.
func (c *Call) answered(res *sip.Response, o *options) error {
	c.adopt(res)
	d, err := parseDescription(string(res.Body()))
	var l *lock
	if err == nil {
		same, must := sameTag, o.proto() == secureProto
		if o.lateOffer {
			same, must = sameSuite, d.secure
		}
		l, err = match(o.crypto, d, must, same)
	}
	if err != nil {
		c.acknowledge(res.CSeq().SeqNo, "", o.noACK)
		return fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	own := o.direction.and(d.direction.mirror())
	c.audio.direct(d, l, own)
	c.acknowledge(res.CSeq().SeqNo, c.lateAnswer(o, d, l, own), o.noACK)
	c.start()
	return nil
}

// lateAnswer is the body of the ACK: an answer if the 2xx carried the offer.
func (c *Call) lateAnswer(o *options, d description, l *lock, own Direction) string {
	switch {
	case !o.lateOffer:
		return ""
	case o.sdp != nil:
		return o.sdp(c.audio.local())
	}
	return answerTo(d, l, own).write(c.audio.local(), 1)
}

// answerTo agrees to an offer of the far end's.
func answerTo(d description, l *lock, own Direction) statement {
	s := statement{codecs: []codec{d.codec}, direction: own, opportunistic: !d.secure}
	if l != nil {
		s.crypto = []cryptoLine{l.own}
	}
	return s
}

// resolve finds the datagram address of a URI without a DNS service lookup.
func resolve(uri *sip.Uri) (netip.AddrPort, error) {
	udpPort := uri.Port
	if udpPort == 0 {
		udpPort = 5060
	}
	a, err := net.ResolveUDPAddr("udp", net.JoinHostPort(uri.Host, fmt.Sprint(udpPort)))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("phone: %w", err)
	}
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}
