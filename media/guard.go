package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

const (
	// rekeyed is how long packets under the phone's former key are taken after
	// an offer/answer exchange changed it: they were on their way.
	rekeyed = 2 * time.Second
	// firstUnsure is where the sequence numbers end at which a phone that was
	// never heard may have wrapped already.
	firstUnsure = 1 << 15
	// rtpLimit and rtcpLimit are how many packets may go out under one key
	// (RFC 3711 section 9.2).
	rtpLimit  = 1<<48 - 1
	rtcpLimit = 1<<31 - 1
)

// The reasons a guard refuses a packet for.
var (
	errUnauthentic = errors.New("media: wrong SRTP tag")
	errReplayed    = errors.New("media: SRTP packet replayed")
	errWornOut     = errors.New("media: too many packets under one SRTP key")
)

// guard protects the RTP and RTCP of a leg by SRTP (RFC 3711) with the keys of
// SDP (RFC 4568). The nil guard lets everything pass as it is. It is made
// outside the tick and works inside it, where it allocates nothing, whatever
// comes.
type guard struct {
	tx *sealer
	rx *opener

	before *opener   // the one of the phone's former key, nil for none
	until  time.Time // end of its time
	room   []byte    // for the packet opened last
}

// newGuard derives the keys. It fails when one has the wrong length, and when
// both ways have the same: what the bridge says could be played back to it.
func newGuard(p *SRTPParams) (*guard, error) {
	if p == nil {
		return nil, nil
	}
	if bytes.Equal(p.TxKey, p.RxKey) {
		return nil, errors.New("media: one SRTP key for both ways")
	}
	tx, err := newSealer(p.Profile, p.TxKey)
	if err != nil {
		return nil, fmt.Errorf("of the bridge: %w", err)
	}
	rx, err := newOpener(p.Profile, p.RxKey)
	if err != nil {
		return nil, fmt.Errorf("of the phone: %w", err)
	}
	return &guard{tx: tx, rx: rx, room: make([]byte, receiveSize)}, nil
}

// follow takes the place of the guard before. Each way whose key stays goes on
// with its counters. A new key of the phone's begins anew, and packets under
// the former one are taken for a while. A new key of the bridge's goes on with
// the rollover counter (section 3.3.1).
func (g *guard) follow(former *guard, now time.Time) {
	if g == nil || former == nil {
		return
	}
	if g.tx.key.same(former.tx.key) {
		g.tx = former.tx
	} else {
		g.tx.index = former.tx.index
	}
	if g.rx.key.same(former.rx.key) {
		g.rx, g.before, g.until = former.rx, former.before, former.until
		return
	}
	g.before, g.until = former.rx, now.Add(rekeyed)
}

// openRTP checks and decrypts an RTP packet. The result is valid until the
// next call.
func (g *guard) openRTP(b []byte, head int, at time.Time) ([]byte, error) {
	if g == nil {
		return b, nil
	}
	out, err := g.rx.rtpPacket(g.room, b, head, g.before)
	if err == errUnauthentic && g.before != nil && !at.After(g.until) {
		out, err = g.before.rtpPacket(g.room, b, head, nil)
	}
	return out, err
}

// openRTCP checks and decrypts an RTCP packet. The result is valid until the
// next call.
func (g *guard) openRTCP(b []byte, at time.Time) ([]byte, error) {
	if g == nil {
		return b, nil
	}
	out, err := g.rx.rtcpPacket(g.room, b)
	if err == errUnauthentic && g.before != nil && !at.After(g.until) {
		out, err = g.before.rtcpPacket(g.room, b)
	}
	return out, err
}

// sealRTP encrypts the RTP packet in b, whose header has no CSRC and no
// extension, in place where b has room for the tag.
func (g *guard) sealRTP(b []byte) ([]byte, error) {
	if g == nil {
		return b, nil
	}
	return g.tx.rtpPacket(b)
}

// sealRTCP encrypts the RTCP packet in b, in place where b has room.
func (g *guard) sealRTCP(b []byte) ([]byte, error) {
	if g == nil {
		return b, nil
	}
	return g.tx.rtcpPacket(b)
}

// masterKey is a key as SDP gave it.
type masterKey struct {
	profile SRTPProfile
	bytes   []byte
}

func (k masterKey) same(other masterKey) bool {
	return k.profile == other.profile && bytes.Equal(k.bytes, other.bytes)
}

// keyed is what both ways have: a key and what it makes.
type keyed struct {
	key       masterKey
	rtp, rtcp *transform
}

func newKeyed(p SRTPProfile, key []byte) (k keyed, err error) {
	k.key = masterKey{p, bytes.Clone(key)}
	if k.rtp, err = newTransform(p, key, 0); err != nil {
		return k, err
	}
	k.rtcp, err = newTransform(p, key, labelRTCP)
	return k, err
}

// sealer protects what a leg sends under one key, all with the leg's SSRC.
type sealer struct {
	keyed
	index     uint64 // of the newest RTP packet: rollover counter and sequence number; 0 before the first
	rtcpIndex uint32 // of the newest RTCP packet
}

func newSealer(p SRTPProfile, key []byte) (*sealer, error) {
	k, err := newKeyed(p, key)
	return &sealer{keyed: k}, err
}

// rtpPacket seals a packet whose sequence number is ahead of the one before by
// less than half of all there are.
func (s *sealer) rtpPacket(b []byte) ([]byte, error) {
	seq := binary.BigEndian.Uint16(b[2:])
	index := s.index&^0xFFFF | uint64(seq)
	if index < s.index {
		index += 1 << 16
	}
	if index >= rtpLimit {
		return nil, errWornOut
	}
	s.index = index
	return s.rtp.sealRTP(b, headerSize, index), nil
}

func (s *sealer) rtcpPacket(b []byte) ([]byte, error) {
	if s.rtcpIndex >= rtcpLimit {
		return nil, errWornOut
	}
	s.rtcpIndex++
	return s.rtcp.sealRTCP(b, s.rtcpIndex), nil
}

// opener checks what the phone sends under one key.
type opener struct {
	keyed
	sources sources
}

func newOpener(p SRTPProfile, key []byte) (*opener, error) {
	k, err := newKeyed(p, key)
	return &opener{keyed: k}, err
}

// rtpPacket opens a packet into room. Nothing is learnt from one whose tag is
// wrong. An SSRC that this key has not brought yet starts at rollover counter
// 0; or at that of the former key, as RFC 3711 section 3.3.1 has it; or at 1
// when what came before the wrap was lost.
func (o *opener) rtpPacket(room, b []byte, head int, former *opener) ([]byte, error) {
	ssrc, seq := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint16(b[2:])
	if s := o.sources.find(ssrc); s != nil && s.rtp.begun {
		index, ok := s.rtp.guess(seq)
		if !ok || s.rtp.has(index) {
			return nil, errReplayed
		}
		out, ok := o.rtp.openRTP(room, b, head, index)
		if !ok {
			return nil, errUnauthentic
		}
		o.sources.place(ssrc).rtp.add(index)
		return out, nil
	}
	guesses := firstGuesses(ssrc, seq, former)
	for i, index := range guesses {
		if i > 0 && index == guesses[0] {
			continue
		}
		if out, ok := o.rtp.openRTP(room, b, head, index); ok {
			o.sources.place(ssrc).rtp.add(index)
			return out, nil
		}
	}
	return nil, errUnauthentic
}

// firstGuesses are the indices that the first packet of an SSRC may have, the
// likeliest first and in the place of one that does not apply.
func firstGuesses(ssrc uint32, seq uint16, former *opener) (g [3]uint64) {
	g = [3]uint64{uint64(seq), uint64(seq), uint64(seq)}
	if former != nil {
		if s := former.sources.find(ssrc); s != nil && s.rtp.begun {
			if index, ok := s.rtp.guess(seq); ok {
				g[1] = index
			}
		}
	}
	if seq < firstUnsure {
		g[2] |= 1 << 16
	}
	return g
}

// rtcpPacket opens a packet into room.
func (o *opener) rtcpPacket(room, b []byte) ([]byte, error) {
	word, ok := o.rtcp.rtcpWord(b)
	if !ok || word&rtcpIsSecret == 0 { // an open one was not negotiated
		return nil, errUnauthentic
	}
	ssrc, index := binary.BigEndian.Uint32(b[4:]), word&^rtcpIsSecret
	s := o.sources.find(ssrc)
	if s != nil && s.rtcp.has(uint64(index)) {
		return nil, errReplayed
	}
	out, ok := o.rtcp.openRTCP(room, b, index)
	if !ok {
		return nil, errUnauthentic
	}
	o.sources.place(ssrc).rtcp.add(uint64(index))
	return out, nil
}
