package media_test

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"partyline/media"
	"partyline/media/netsim"
)

const (
	frame   = 160
	framely = 20 * time.Millisecond
)

// rig is one leg and one phone on a simulated network, in virtual time.
type rig struct {
	came  media.Datagram
	t     *testing.T
	now   time.Time
	net   *netsim.Network
	leg   *media.Leg
	phone *netsim.Phone
	voice []int16 // everything ReadFrame gave
	said  []int16 // everything the phone said
	flags []bool  // what ReadFrame returned
	ticks int     // so far
	// speaker, when set, decides when the phone sends what.
	speaker *talker
	// after, when set, runs after every tick, which it is told the number of.
	after func(tick int)
}

// newRig sets up a call from 127.0.0.2:4000. The phone sends 7 ms before every
// tick.
func newRig(t *testing.T) *rig {
	r := &rig{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r.net = netsim.New(func() time.Time { return r.now }, 1)
	rtp, rtcp, err := r.net.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.leg = media.NewLeg(media.LegConfig{RTP: rtp, RTCP: rtcp, SSRC: 0xA1B2C3D4, Seq: 65530, Timestamp: 1<<32 - 800, CNAME: "leg@test"})
	r.phone = netsim.NewPhone(r.net, netip.MustParseAddrPort("127.0.0.2:4000"), media.PCMU, r.saying(tone(440, 8000)))
	r.phone.Call(r.leg.LocalAddr())
	r.leg.Configure(netsim.Setup(r.phone.Params()), r.now)
	return r
}

// saying keeps what a voice says.
func (r *rig) saying(voice func([]int16)) func([]int16) {
	return func(dst []int16) {
		voice(dst)
		r.said = append(r.said, dst...)
	}
}

// run lets ticks pass. The phone acts in between.
func (r *rig) run(ticks int) {
	for range ticks {
		r.now = r.now.Add(13 * time.Millisecond)
		r.act()
		r.now = r.now.Add(7 * time.Millisecond)
		r.act() // what a drifting clock made due since
		r.tick()
		if r.after != nil {
			r.after(r.ticks)
		}
	}
}

// act lets the phone send and hear.
func (r *rig) act() {
	if r.speaker == nil {
		r.phone.Tick(r.now)
		return
	}
	r.speaker.speak(r.phone, r.now)
	r.phone.Drain()
}

// tick is one tick of the leg: it sends back what it hears.
func (r *rig) tick() {
	var dst [frame]int16
	var code [frame]byte
	r.ticks++
	r.leg.Receive(r.now, &r.came)
	voice := r.leg.ReadFrame(dst[:])
	r.flags = append(r.flags, voice)
	r.voice = append(r.voice, dst[:]...)
	r.leg.WriteFrame(media.EncodeFrame(r.leg.Codec(), code[:0], dst[:]), r.now)
}

// stats of what came.
func (r *rig) rx() media.RxStats { return r.leg.Stats().Rx }

// tone is a sine that goes on from call to call.
func tone(hertz, amplitude float64) func(dst []int16) {
	n := 0
	return func(dst []int16) {
		for i := range dst {
			dst[i] = int16(amplitude * math.Sin(2*math.Pi*hertz*float64(n)/8000))
			n++
		}
	}
}

// looped is a tone of whole hertz that is computed once.
func looped(hertz, amplitude float64) func(dst []int16) {
	second := make([]int16, 8000)
	tone(hertz, amplitude)(second)
	at := 0
	return func(dst []int16) {
		at = (at + copy(dst, second[at:])) % len(second) // frames divide a second
	}
}

// counting is a voice whose frames can be told apart after G.711: frame n is
// made of code n%200+1 throughout.
func counting() func(dst []int16) {
	n := 0
	return func(dst []int16) {
		var pcm [1]int16
		media.DecodeFrame(media.PCMU, pcm[:], []byte{byte(n%100 + 1)})
		for i := range dst {
			dst[i] = pcm[0]
		}
		n++
	}
}

// frames is the frame numbers of a counting voice heard, -1 for anything else.
func frames(pcm []int16) []int {
	var out []int
	var code [frame]byte
	for len(pcm) >= frame {
		media.EncodeFrame(media.PCMU, code[:0], pcm[:frame])
		n := int(code[0]) - 1
		for _, c := range code {
			if int(c)-1 != n {
				n = -1
			}
		}
		if n < 0 || n >= 100 {
			n = -1
		}
		out = append(out, n)
		pcm = pcm[frame:]
	}
	return out
}

func wantEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wantNone says that a fault counter is 0.
func wantNone(t *testing.T, what string, got uint64) {
	t.Helper()
	if got != 0 {
		t.Errorf("%s: got %d, want none", what, got)
	}
}

// wantClean says that nothing went wrong on the way in.
func wantClean(t *testing.T, s media.RxStats) {
	t.Helper()
	wantNone(t, "late", s.Late)
	wantNone(t, "lost", s.Lost)
	wantNone(t, "concealed", s.Concealed)
	wantNone(t, "inserted", s.Inserted)
	wantNone(t, "dropped", s.Dropped)
	wantNone(t, "overflow", s.Overflow)
	wantNone(t, "timestamp jumps", s.TimestampJumps)
	wantNone(t, "malformed", s.Malformed)
	wantNone(t, "bad source", s.BadSource)
}

func shaped(delay func(n int) time.Duration) netsim.Link {
	return netsim.Link{Shape: func(n int, _ time.Time) time.Duration { return delay(n) }}
}

func lossy(p float64) netsim.Link { return netsim.Link{Loss: p} }

func jittery(d time.Duration) netsim.Link { return netsim.Link{Jitter: d} }

func duplicated() netsim.Link { return netsim.Link{Duplicate: 1} }
