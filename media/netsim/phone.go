package netsim

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
)

const (
	framely = 20 * time.Millisecond
	// EventType is the payload type a Phone uses for telephone-event.
	EventType = 101
)

// Phone is a far end in a test: it sends a voice every 20 ms and keeps what it
// hears, in any codec.
//
//	p := netsim.NewPhone(network, addr, media.PCMU, tone)
//	p.Call(leg.LocalAddr())
//	leg.Configure(netsim.Setup(p.Params()), now)
//	for every tick { p.Tick(now); … }
//	analyse(p.Heard())
type Phone struct {
	// Voice fills 20 ms at the codec's sample rate with what the phone says
	// next. Nil sends nothing.
	Voice func(dst []int16)
	// Codec codes what is sent. What comes is decoded by its payload type.
	Codec media.Codec
	// Opus is what the phone wishes of Opus sent to it, and how it codes its own.
	Opus media.OpusParams
	// Drift makes the phone's clock fast, in parts per million.
	Drift float64
	// Mux says that RTCP shares the RTP socket.
	Mux bool
	// Header holds the fields of the next packet; a test may change them
	// between ticks to jump, wrap or restart.
	Header rtp.Header

	socket, rtcp *Socket
	remote       netip.AddrPort
	next         time.Time

	encoders [media.NumCodecs]*media.Encoder
	decoders [media.NumCodecs]*media.Decoder

	heard    []int16
	payloads []byte
	packets  []rtp.Header
	reports  [][]byte
	came     media.Datagram
	first    uint32
	started  bool
}

// NewPhone binds a phone's RTP and RTCP sockets on addr and the next port.
func NewPhone(n *Network, addr netip.AddrPort, c media.Codec, voice func(dst []int16)) *Phone {
	return &Phone{
		Voice:  voice,
		Codec:  c,
		Header: rtp.Header{Version: 2, PayloadType: PayloadType(c), SSRC: uint32(addr.Port())<<16 | 7, SequenceNumber: 100, Timestamp: 1000},
		socket: n.Bind(addr),
		rtcp:   n.Bind(netip.AddrPortFrom(addr.Addr(), addr.Port()+1)),
	}
}

// payloadTypes are those a Phone uses: the static ones of RFC 3551 section 6,
// and dynamic ones.
var payloadTypes = [media.NumCodecs]uint8{
	media.PCMU:     0,
	media.PCMA:     8,
	media.G722:     9,
	media.Opus:     96,
	media.L16at8k:  97,
	media.L16at16k: 98,
	media.L16at48k: 99,
}

// PayloadType is the one a Phone uses for a codec.
func PayloadType(c media.Codec) uint8 { return payloadTypes[c] }

// codecOf is the codec of a payload type, NoCodec for one that is not audio.
func codecOf(pt uint8) media.Codec {
	for c := media.PCMU; c < media.NumCodecs; c++ {
		if payloadTypes[c] == pt {
			return c
		}
	}
	return media.NoCodec
}

// Call tells the phone where its leg is.
func (p *Phone) Call(leg netip.AddrPort) { p.remote = leg }

// Addr is the phone's RTP address.
func (p *Phone) Addr() netip.AddrPort { return p.socket.LocalAddr() }

// Params is the outcome of an offer/answer exchange with this phone.
func (p *Phone) Params() media.Params {
	own := media.PayloadCodec{Type: PayloadType(p.Codec), Codec: p.Codec}
	params := media.Params{
		Tx:         own,
		Rx:         p.rx(),
		DTMFRx:     EventType,
		DTMFTx:     EventType,
		Ptime:      framely,
		Remote:     p.socket.LocalAddr(),
		RemoteRTCP: p.rtcp.LocalAddr(),
		RTCPMux:    p.Mux,
	}
	if clock := p.Codec.ClockRate(); clock != 8000 {
		params.DTMFClock = clock
	}
	if p.Codec == media.Opus {
		params.Opus = p.Opus
	}
	if p.Mux {
		params.RemoteRTCP = params.Remote
	}
	return params
}

// rx is what the phone may send: G.711, and its codec where that is another.
func (p *Phone) rx() []media.PayloadCodec {
	rx := []media.PayloadCodec{{Type: 0, Codec: media.PCMU}, {Type: 8, Codec: media.PCMA}}
	if p.Codec != media.PCMU && p.Codec != media.PCMA {
		rx = append(rx, media.PayloadCodec{Type: PayloadType(p.Codec), Codec: p.Codec})
	}
	return rx
}

// Tick sends what the phone's clock says is due and takes in what has come:
// one packet each way, when there is no drift and no jitter.
func (p *Phone) Tick(now time.Time) {
	if p.next.IsZero() {
		p.next = now
	}
	for !p.next.After(now) {
		p.speak(p.next)
		p.next = p.next.Add(time.Duration(float64(framely) * (1 - p.Drift/1e6)))
	}
	p.Drain()
}

// speak sends one frame of voice. Without a voice time passes all the same.
func (p *Phone) speak(at time.Time) {
	if p.Voice == nil {
		p.Header.Timestamp += uint32(p.Codec.ClockRate() / 50)
		return
	}
	pcm := make([]int16, p.Codec.SampleRate()/50)
	p.Voice(pcm)
	p.SendAt(p.Encode(pcm), at)
}

// Encode is the payload of 20 ms at the codec's sample rate, the next one of
// what the phone says.
func (p *Phone) Encode(pcm []int16) []byte {
	if p.encoders[p.Codec] == nil {
		f := media.Format{Codec: p.Codec}
		if p.Codec == media.Opus {
			f.Opus = p.Opus
		}
		e, err := media.NewEncoder(f)
		if err != nil {
			panic(err) // a test made an impossible phone
		}
		p.encoders[p.Codec] = e
	}
	return p.encoders[p.Codec].Encode(nil, pcm)
}

// decoder is the phone's decoder of a codec, made when first needed.
func (p *Phone) decoder(c media.Codec) *media.Decoder {
	if p.decoders[c] == nil {
		d, err := media.NewDecoder(c)
		if err != nil {
			panic(err)
		}
		p.decoders[c] = d
	}
	return p.decoders[c]
}

// SendAt sends one packet with Header and steps Header to the next.
func (p *Phone) SendAt(payload []byte, at time.Time) {
	p.Header.PayloadType = PayloadType(p.Codec)
	p.SendRaw(p.Header, payload, at)
	p.Header.SequenceNumber++
	p.Header.Timestamp += p.duration(payload)
	p.Header.Marker = false
}

// duration is how long payload lasts on the codec's RTP clock. Any G.711 has
// one, even longer than a leg takes.
func (p *Phone) duration(payload []byte) uint32 {
	if c := p.Codec; c != media.PCMU && c != media.PCMA {
		return uint32(p.decoder(c).Samples(payload) * c.ClockRate() / c.SampleRate())
	}
	return uint32(len(payload))
}

// SendRaw sends one packet with any header.
func (p *Phone) SendRaw(h rtp.Header, payload []byte, at time.Time) {
	b, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		panic(err) // a test made an impossible header
	}
	p.SendBytes(b, at)
}

// SendBytes sends any datagram from the phone's RTP socket.
func (p *Phone) SendBytes(b []byte, at time.Time) { _ = p.socket.SendAt(b, p.remote, at) }

// SendRTCP sends any datagram from the phone's RTCP socket to the leg's.
func (p *Phone) SendRTCP(b []byte, at time.Time) {
	_ = p.rtcp.SendAt(b, netip.AddrPortFrom(p.remote.Addr(), p.remote.Port()+1), at)
}

// Press sends a telephone-event (RFC 4733) of n packets and three ends, all at
// once. The phone's clock, which is the audio's, moves on by the digit's
// duration.
func (p *Phone) Press(event byte, n int, at time.Time) {
	frame := p.Codec.ClockRate() / 50
	h := p.Header
	h.PayloadType = EventType
	h.Marker = true
	for i := range n + 3 {
		d := min(i+1, n) * frame
		var end byte
		if i >= n {
			end = 0x80
		}
		p.SendRaw(h, []byte{event, end | 10, byte(d >> 8), byte(d)}, at)
		h.SequenceNumber++
		h.Marker = false
	}
	p.Header.SequenceNumber = h.SequenceNumber
	p.Header.Timestamp += uint32(n * frame)
}

// Drain takes in what has come without sending.
func (p *Phone) Drain() {
	d := &p.came
	for p.socket.Recv(d) == nil {
		p.hear(d.Data)
	}
	for p.rtcp.Recv(d) == nil {
		p.reports = append(p.reports, append([]byte(nil), d.Data...))
	}
}

// hear puts one packet in its place by RTP timestamp.
func (p *Phone) hear(b []byte) {
	var pkt rtp.Packet
	if len(b) > 1 && b[1] >= 200 && b[1] <= 204 {
		p.reports = append(p.reports, append([]byte(nil), b...))
		return
	}
	if pkt.Unmarshal(b) != nil {
		return
	}
	p.packets = append(p.packets, pkt.Header)
	p.payloads = append(p.payloads, pkt.Payload...)
	c := codecOf(pkt.PayloadType)
	if c == media.NoCodec {
		return
	}
	if !p.started {
		p.started, p.first = true, pkt.Timestamp
	}
	at := int(int32(pkt.Timestamp-p.first)) * c.SampleRate() / c.ClockRate()
	if at < 0 || at > len(p.heard)+60*c.SampleRate() {
		return // before the first packet, or absurdly far ahead
	}
	d := p.decoder(c)
	if end := at + d.Samples(pkt.Payload); end > len(p.heard) {
		p.heard = append(p.heard, make([]int16, end-len(p.heard))...)
	}
	d.Decode(p.heard[at:], pkt.Payload)
}

// Heard is everything the phone has heard, at the sample rate of the codec it
// came in, placed by RTP timestamp: sample 0 is the first of the first packet,
// and what never came is 0. Packets are decoded in the order they come.
func (p *Phone) Heard() []int16 { return p.heard }

// Payloads is every payload byte that came, in order of arrival.
func (p *Phone) Payloads() []byte { return p.payloads }

// Packets is the header of every RTP packet that came, in order of arrival.
func (p *Phone) Packets() []rtp.Header { return p.packets }

// Reports is every RTCP datagram that came.
func (p *Phone) Reports() [][]byte { return p.reports }

// Forget drops what was heard so far; the next packet is sample 0 again.
func (p *Phone) Forget() {
	p.heard, p.payloads, p.packets, p.reports = nil, nil, nil, nil
	p.started = false
}

// Setup prepares params that a test knows to be right.
func Setup(params media.Params) *media.Setup {
	s, err := media.Prepare(params)
	if err != nil {
		panic(err)
	}
	return s
}
