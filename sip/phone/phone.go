package phone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// A Voice fills dst with the next 20 ms of speech, 160 samples at 8 kHz unless
// the phone has another rate. It is called on the sender's goroutine of one call.
type Voice func(dst []int16)

// Config is what a Phone is made of.
type Config struct {
	// Name is the user part of the phone's own address, "phone" when empty.
	Name string
	// Local is the address of the SIP socket and, with other UDP ports, of
	// the RTP sockets. The zero value means 127.0.0.1 and a free port.
	Local netip.AddrPort
	// Codecs are what the phone offers, best first: PCMU, PCMA, G722, opus,
	// L16/8000, L16/16000 and L16/48000. Empty is PCMU. It sends the first one
	// that is answered, and understands all of them.
	Codecs []string
	// SRTP are the crypto suites the phone offers keys for, on RTP/SAVP, such as
	// AES_CM_128_HMAC_SHA1_80. Empty is plain RTP.
	SRTP []string
	// Rate is that of voices and recordings: 8,000, also when it is 0, 16,000
	// or 48,000 Hz.
	Rate int
	// Voice speaks in each call from its first packet on. Nil is silence.
	Voice Voice
}

// ErrClosed is returned for whatever Close interrupted.
var ErrClosed = errors.New("phone: closed")

// Phone is a SIP user agent with one socket for signalling. Its methods are
// safe for concurrent use.
type Phone struct {
	cfg    Config
	codecs []codec
	suites []suite
	conn   *net.UDPConn
	local  netip.AddrPort

	closed    context.Context // done once Close was called
	stop      context.CancelFunc
	loops     sync.WaitGroup // reader and the loops of the calls
	mu        sync.Mutex
	waiting   map[string]chan *sip.Response // client transactions, by transactionKey
	answered  map[string][]byte             // what to send again when a message comes again, by transactionKey
	calls     map[string]*Call              // by Call-ID
	strangers int                           // requests and responses that belong to nothing
}

// New opens the SIP socket of a phone. The caller closes the phone.
func New(cfg Config) (*Phone, error) {
	if cfg.Name == "" {
		cfg.Name = "phone"
	}
	if !cfg.Local.IsValid() {
		cfg.Local = netip.MustParseAddrPort("127.0.0.1:0")
	}
	if cfg.Rate == 0 {
		cfg.Rate = 8000
	}
	if cfg.Rate != 8000 && cfg.Rate != 16000 && cfg.Rate != 48000 {
		return nil, fmt.Errorf("phone: rate of %d Hz", cfg.Rate)
	}
	codecs, err := codecsNamed(cfg.Codecs...)
	if err != nil {
		return nil, err
	}
	suites, err := suitesNamed(cfg.SRTP)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Local))
	if err != nil {
		return nil, fmt.Errorf("phone: SIP socket: %w", err)
	}
	p := &Phone{
		cfg:      cfg,
		codecs:   codecs,
		suites:   suites,
		conn:     conn,
		local:    unmapped(conn.LocalAddr()),
		waiting:  make(map[string]chan *sip.Response),
		answered: make(map[string][]byte),
		calls:    make(map[string]*Call),
	}
	p.closed, p.stop = context.WithCancel(context.Background())
	p.loops.Go(p.read)
	return p, nil
}

// Addr is the address of the SIP socket.
func (p *Phone) Addr() netip.AddrPort { return p.local }

// Close unplugs the phone: sockets close, calls end without a BYE. It waits
// for the phone's goroutines.
func (p *Phone) Close() error {
	p.stop()
	err := p.conn.Close()
	p.mu.Lock()
	calls := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		calls = append(calls, c)
	}
	p.mu.Unlock()
	for _, c := range calls {
		c.finish("unplugged")
	}
	p.loops.Wait()
	return err
}

// read hands each message of the SIP socket to its transaction or call.
func (p *Phone) read() {
	buf := make([]byte, 65536)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if p.closed.Err() != nil {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier send
		}
		msg, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
		if err != nil {
			p.countStranger()
			continue
		}
		switch m := msg.(type) {
		case *sip.Response:
			p.onResponse(m, from)
		case *sip.Request:
			p.onRequest(m, from)
		}
	}
}

// onResponse serves the client side of RFC 3261 section 17.1 and the 200s of
// section 13.2.2.4, which no transaction takes.
func (p *Phone) onResponse(r *sip.Response, from netip.AddrPort) {
	if r.Via() == nil || r.CSeq() == nil || r.CallID() == nil {
		p.countStranger()
		return
	}
	key := transactionKey(r.Via(), r.CSeq().MethodName)
	p.mu.Lock()
	waiter, again := p.waiting[key], p.answered[key]
	call := p.calls[r.CallID().Value()]
	p.mu.Unlock()
	switch {
	case waiter != nil:
		select {
		case waiter <- r:
		default: // a flood of provisional responses; the sender repeats a final one
		}
	case again != nil:
		p.send(again, from)
	case call != nil && r.IsSuccess() && r.CSeq().MethodName == sip.INVITE:
		call.onRepeated200(r)
	default:
		p.countStranger()
	}
}

// onRequest answers the requests a phone in a call must know.
func (p *Phone) onRequest(r *sip.Request, from netip.AddrPort) {
	if r.Via() == nil || r.CSeq() == nil || r.CallID() == nil || r.From() == nil || r.To() == nil {
		p.countStranger()
		return
	}
	key := transactionKey(r.Via(), r.Method)
	p.mu.Lock()
	call, again := p.calls[r.CallID().Value()], p.answered[key]
	p.mu.Unlock()
	if again != nil {
		p.send(again, from)
		return
	}
	var answer *sip.Response
	switch {
	case r.Method == sip.ACK:
		return
	case r.Method == sip.OPTIONS:
		answer = sip.NewResponseFromRequest(r, 200, "OK", nil)
		answer.AppendHeader(sip.NewHeader("Allow", allow))
	case call == nil:
		p.countStranger()
		answer = sip.NewResponseFromRequest(r, 481, "Call/Transaction Does Not Exist", nil)
	default:
		answer = call.onRequest(r)
	}
	raw := []byte(answer.String())
	p.mu.Lock()
	p.answered[key] = raw
	p.mu.Unlock()
	p.send(raw, from)
}

// allow is the value of the Allow header.
const allow = "INVITE, ACK, BYE, CANCEL, OPTIONS"

// Strangers counts messages that could not be parsed or belong to no
// transaction and no call.
func (p *Phone) Strangers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.strangers
}

func (p *Phone) countStranger() {
	p.mu.Lock()
	p.strangers++
	p.mu.Unlock()
}

// send sends one datagram. A failure shows as a missing answer.
func (p *Phone) send(raw []byte, to netip.AddrPort) {
	_, _ = p.conn.WriteToUDPAddrPort(raw, to)
}

// unmapped is the address of a bound UDP socket.
func unmapped(a net.Addr) netip.AddrPort {
	ap := a.(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
