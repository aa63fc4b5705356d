package bridge

import (
	"math"

	"partyline/media"
	"partyline/mixer"
)

// step is what is done for each party of a conference apart: it touches nothing
// but the party, its leg and the kit of whoever does it.
type step uint8

const (
	receiving step = iota // from the leg into the voice
	sending               // from the ear to the leg
)

// piece is a run of a conference's parties, and what whoever did a step for them
// has left for the conference. It is a cache line, so that two who work on
// neighbouring pieces do not get in each other's way.
type piece struct {
	parties []*party
	calls   bool   // some party has a digit or is lost
	encodes uint64 // made
	_       [24]byte
}

// kit is the memory a clock works with, whoever's party it is at: it stays in
// the nearest cache.
type kit struct {
	came    [batch]media.Datagram
	desk    mixer.Desk
	payload [maxPayload]byte
	scratch mixer.Scratch // of the clock's own conferences
}

// maxPayload is longer than the payload of a frame in any codec, in bytes.
const maxPayload = 2048

// do does s for the parties of the piece.
func (pc *piece) do(s step, c *conference, k *kit) {
	pc.calls, pc.encodes = false, 0
	switch s {
	case receiving:
		pc.receive(c, k)
	case sending:
		pc.send(c, k)
	}
}

// batch is for how many parties system calls are made one after the other.
const batch = 8

// receive asks the sockets of a batch first, and then takes in what came.
func (pc *piece) receive(c *conference, k *kit) {
	var came [batch]bool
	for at := 0; at < len(pc.parties); at += batch {
		now := pc.parties[at:min(at+batch, len(pc.parties))]
		for i, p := range now {
			pc.approach(at + i)
			came[i] = p.leg.Ask(c.now, &k.came[i])
		}
		for i, p := range now {
			if i+fetchMore < len(now) {
				now[i+fetchMore].leg.ApproachNear()
			}
			p.leg.Take(&k.came[i], came[i])
			p.receive(c)
			pc.calls = pc.calls || p.digit != 0 || p.lost
		}
	}
}

// send packs what a batch hears first, and then sends the packets.
func (pc *piece) send(c *conference, k *kit) {
	for at := 0; at < len(pc.parties); at += batch {
		now := pc.parties[at:min(at+batch, len(pc.parties))]
		for i, p := range now {
			pc.approachSending(at + i)
			p.send(c, k, &pc.encodes)
		}
		for i, p := range now {
			if i+fetchMore < len(now) {
				now[i+fetchMore].leg.ApproachSocket()
			}
			p.leg.Dispatch()
		}
	}
}

// receive takes the next frame of p's leg. What the conference has to be
// told of stays with p.
func (p *party) receive(c *conference) {
	p.voice.Live = p.leg.ReadFrame(p.voice.In)
	p.digit, _ = p.leg.NextDigit()
	if c.age >= p.listen {
		p.lost = p.silentTooLong(c)
	}
}

// silentTooLong reports whether p's phone has sent nothing for longer than it
// may, and notes when that can be so at the earliest: until then nobody asks.
func (p *party) silentTooLong(c *conference) bool {
	timeout := c.bridge.cfg.RTPTimeout
	if timeout <= 0 {
		p.listen = math.MaxInt64
		return false
	}
	silent := p.leg.Silent(c.now)
	p.listen = c.age + max(0, timeout-silent)
	return silent > timeout
}

// tell passes on what came with p's packets.
func (p *party) tell(c *conference) {
	for d, ok := p.digit, p.digit != 0; ok; d, ok = p.leg.NextDigit() {
		c.emit(Event{Type: EventDigit, Digit: string(rune(d))}, p)
	}
	if p.lost {
		p.lost = false
		c.leave(p, MediaTimeout, c.now)
	}
}

// send codes what p hears, unless somebody has coded it already, and sends it.
// To the deaf nothing is sent, but time passes, and RTCP goes on.
func (p *party) send(c *conference, k *kit, encodes *uint64) {
	var payload []byte
	var heard []int16
	if !p.deaf && p.bus != nil {
		heard = c.mixer.Hear(p.voice, &k.desk)
		payload = p.code(heard, k, encodes)
	}
	if p.comfort && payload != nil && isSilent(heard) {
		p.leg.PackQuiet(payload, c.now)
	} else {
		p.leg.PackFrame(payload, c.now)
	}
}

// isSilent reports whether frame is digital silence.
func isSilent(frame []int16) bool {
	for _, v := range frame {
		if v != 0 {
			return false
		}
	}
	return true
}
