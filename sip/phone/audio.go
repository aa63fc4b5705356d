package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// frameTime is the audio the sender handles at a time.
const frameTime = 20 * time.Millisecond

// framesPerSecond is how many of them make a second.
const framesPerSecond = int(time.Second / frameTime)

// maxBehind is how late the sender may be before it leaves packets out
// instead of sending a burst.
const maxBehind = 10 * frameTime

// maxPayload is more than any packet the phone sends holds.
const maxPayload = 1500

// audio is the media side of a call: a pair of sockets, a sender that keeps
// absolute deadlines, and receivers.
type audio struct {
	rate      int // of the voice, in Hz
	rtp, rtcp *net.UDPConn
	heard     *recording

	mu        sync.Mutex
	talk      talk
	voice     Voice
	payload   func(dst []byte) // overrides voice when set
	sent      int
	sendSkips int

	// Owned by the sender.
	header   rtp.Header
	speaking codec // that coder and convert belong to
	coder    coder
	convert  *converter
}

// talk is how the phone sends and listens, as the last offer/answer exchange
// decided.
type talk struct {
	remote      netip.AddrPort // invalid: send nothing
	sends       bool           // the direction allows sending
	codec       codec
	payloadType uint8 // that the far end gives the codec
	lock        *lock // nil: plain RTP
}

// openAudio binds an even UDP port for RTP and the next one for RTCP
// (RFC 3550 section 11).
func openAudio(ip netip.Addr, rate int, v Voice) (*audio, error) {
	a := &audio{rate: rate, voice: v, heard: newRecording(rate)}
	a.talk.codec = pcmu
	a.header = rtp.Header{
		Version:        2,
		SSRC:           rand.Uint32(),
		SequenceNumber: uint16(rand.Uint32()),
		Timestamp:      rand.Uint32(),
		Marker:         true,
	}
	for range 100 {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
		if err != nil {
			return nil, fmt.Errorf("phone: RTP socket: %w", err)
		}
		local := unmapped(conn.LocalAddr())
		if local.Port()%2 == 0 {
			next := netip.AddrPortFrom(ip, local.Port()+1)
			if a.rtcp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(next)); err == nil {
				a.rtp = conn
				return a, nil
			}
		}
		_ = conn.Close()
	}
	return nil, errors.New("phone: no free pair of UDP ports")
}

// local is the address of the RTP socket.
func (a *audio) local() netip.AddrPort { return unmapped(a.rtp.LocalAddr()) }

// direct puts the outcome of an offer/answer exchange into force. own is the
// direction seen from the phone.
func (a *audio) direct(d description, l *lock, own Direction) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.talk = talk{d.rtp, own.sends(), d.codec, d.payloadType, l.after(a.talk.lock)}
}

// now is how to talk at this moment.
func (a *audio) now() talk {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.talk
}

// run sends and receives until ctx is done, then closes the sockets.
func (a *audio) run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(a.receiveRTP)
	loops.Go(a.receiveRTCP)
	a.send(ctx)
	_ = a.rtp.Close()
	_ = a.rtcp.Close()
	loops.Wait()
}

// send speaks every 20 ms, counted from the first time, so that a late wake-up
// delays one packet and not all that follow.
func (a *audio) send(ctx context.Context) {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	pcm, coded := make([]int16, a.rate/framesPerSecond), make([]byte, maxPayload)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		a.sendFrame(pcm, coded)
		next = next.Add(frameTime)
		if behind := time.Since(next); behind > maxBehind {
			skips := int(behind / frameTime)
			next = next.Add(time.Duration(skips) * frameTime)
			a.header.Timestamp += uint32(skips * a.speaking.clock / framesPerSecond)
			a.mu.Lock()
			a.sendSkips += skips
			a.mu.Unlock()
		}
		timer.Reset(time.Until(next))
	}
}

// sendFrame speaks for 20 ms. While the direction forbids sending, time
// passes for the voice and the timestamp all the same.
func (a *audio) sendFrame(pcm []int16, coded []byte) {
	a.mu.Lock()
	t, voice, payload := a.talk, a.voice, a.payload
	a.mu.Unlock()
	if a.coder == nil || a.speaking.name != t.codec.name {
		a.speaking, a.coder, a.convert = t.codec, t.codec.open(), newConverter(a.rate, t.codec.rate)
	}
	if payload == nil {
		speak(voice, pcm)
		pcm = a.convert.convert(pcm)
	}
	for i := range t.codec.packets {
		n := t.codec.size
		if payload != nil {
			payload(coded[:n])
		} else {
			part := len(pcm) / t.codec.packets
			n = a.coder.encode(coded, pcm[i*part:(i+1)*part])
		}
		a.sendPacket(t, coded[:n])
		a.header.Timestamp += uint32(t.codec.clock / framesPerSecond / t.codec.packets)
	}
}

// sendPacket sends one payload where that is allowed.
func (a *audio) sendPacket(t talk, payload []byte) {
	if !t.sends || !t.remote.IsValid() {
		return
	}
	a.header.PayloadType = t.payloadType
	p := rtp.Packet{Header: a.header, Payload: payload}
	raw, err := p.Marshal()
	if err == nil {
		raw, err = t.lock.seal(raw)
	}
	if err == nil {
		_, err = a.rtp.WriteToUDPAddrPort(raw, t.remote)
	}
	if err == nil {
		a.mu.Lock()
		a.sent++
		a.mu.Unlock()
	}
	a.header.SequenceNumber++
	a.header.Marker = false
}

func speak(v Voice, pcm []int16) {
	if v == nil {
		clear(pcm)
		return
	}
	v(pcm)
}

// receiveRTP records what comes until the socket is closed.
func (a *audio) receiveRTP() {
	buf := make([]byte, 2048)
	for {
		n, err := a.rtp.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier send
		}
		at := time.Now()
		raw, err := a.now().lock.open(append([]byte(nil), buf[:n]...))
		if err != nil {
			a.heard.note(func(s *Stats) { s.Unauthentic++ })
			continue
		}
		p := new(rtp.Packet)
		err = p.Unmarshal(raw)
		c, known := codecOfType(p.PayloadType)
		if err != nil || p.Version != 2 || !known {
			a.heard.note(func(s *Stats) { s.Strange++ })
			continue
		}
		a.heard.add(p, c, at)
	}
}

// receiveRTCP counts the reports until the socket is closed.
func (a *audio) receiveRTCP() {
	buf := make([]byte, 2048)
	for {
		n, err := a.rtcp.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if _, err := a.now().lock.openRTCP(buf[:n]); err != nil {
			a.heard.note(func(s *Stats) { s.Unauthentic++ })
			continue
		}
		a.heard.note(func(s *Stats) { s.RTCP++ })
	}
}
