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

// frameTime is the audio in one packet.
const frameTime = 20 * time.Millisecond

// maxBehind is how late the sender may be before it leaves packets out
// instead of sending a burst.
const maxBehind = 10 * frameTime

// audio is the media side of a call: a pair of sockets, a sender that keeps
// absolute deadlines, and receivers.
type audio struct {
	rtp, rtcp *net.UDPConn
	heard     recording

	mu        sync.Mutex
	remote    netip.AddrPort // invalid: send nothing
	sends     bool           // the direction allows sending
	codec     codec
	voice     Voice
	payload   func(dst []byte) // overrides voice when set
	sent      int
	sendSkips int

	// Owned by the sender.
	header rtp.Header
}

// openAudio binds an even UDP port for RTP and the next one for RTCP
// (RFC 3550 section 11).
func openAudio(ip netip.Addr, c codec, v Voice) (*audio, error) {
	a := &audio{codec: c, voice: v, heard: recording{grown: make(chan struct{})}}
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
func (a *audio) direct(d description, own Direction) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remote, a.codec, a.sends = d.rtp, d.codec, own.sends()
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

// send sends one packet every 20 ms, counted from the first one, so that a
// late wake-up delays one packet and not all that follow.
func (a *audio) send(ctx context.Context) {
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	pcm, packet := make([]int16, frameLen), make([]byte, 12+frameLen)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		a.sendFrame(pcm, packet)
		next = next.Add(frameTime)
		if behind := time.Since(next); behind > maxBehind {
			skips := int(behind / frameTime)
			next = next.Add(time.Duration(skips) * frameTime)
			a.header.Timestamp += uint32(skips * frameLen)
			a.mu.Lock()
			a.sendSkips += skips
			a.mu.Unlock()
		}
		timer.Reset(time.Until(next))
	}
}

// sendFrame speaks for 20 ms. While the direction forbids sending, time
// passes for the voice and the timestamp all the same.
func (a *audio) sendFrame(pcm []int16, packet []byte) {
	a.mu.Lock()
	remote, sends, c, voice, payload := a.remote, a.sends, a.codec, a.voice, a.payload
	a.mu.Unlock()
	coded := packet[12:]
	if payload != nil {
		payload(coded)
	} else {
		speak(voice, pcm)
		for i, s := range pcm {
			coded[i] = c.encode(s)
		}
	}
	a.header.PayloadType = c.payloadType
	if sends && remote.IsValid() {
		_, _ = a.header.MarshalTo(packet)
		if _, err := a.rtp.WriteToUDPAddrPort(packet, remote); err == nil {
			a.mu.Lock()
			a.sent++
			a.mu.Unlock()
		}
		a.header.SequenceNumber++
		a.header.Marker = false
	}
	a.header.Timestamp += frameLen
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
		p := new(rtp.Packet)
		err = p.Unmarshal(append([]byte(nil), buf[:n]...))
		c, known := codecOfType(p.PayloadType)
		if err != nil || p.Version != 2 || !known {
			a.heard.strange()
			continue
		}
		a.heard.add(p, c, at)
	}
}

// receiveRTCP counts the reports until the socket is closed.
func (a *audio) receiveRTCP() {
	buf := make([]byte, 2048)
	for {
		_, err := a.rtcp.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			a.heard.report()
		}
	}
}
