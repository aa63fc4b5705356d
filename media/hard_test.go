package media_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media"
	"partyline/media/netsim"
)

// talker sends packets of any length by a clock of its own and may pause.
type talker struct {
	ptime  time.Duration
	drift  float64 // parts per million
	pauses bool    // half a second to two and a half of speech, then of nothing
	rng    *rand.Rand
	voice  func([]int16)

	next  time.Time // when the next packet is sent
	turn  time.Time // when it begins or ends to talk
	quiet bool
	sent  int
}

// speak lets the phone send what is due by now.
func (k *talker) speak(phone *netsim.Phone, now time.Time) {
	if k.next.IsZero() {
		k.next, k.turn = now, now.Add(time.Second)
	}
	pcm := make([]int16, k.ptime*8/time.Millisecond)
	for ; !k.next.After(now); k.next = k.next.Add(time.Duration(float64(k.ptime) * (1 - k.drift/1e6))) {
		if k.pauses && k.next.After(k.turn) {
			k.quiet = !k.quiet
			k.turn = k.next.Add(time.Duration(500+k.rng.IntN(2000)) * time.Millisecond)
		}
		if k.quiet {
			phone.Header.Timestamp += uint32(len(pcm))
			continue
		}
		k.voice(pcm)
		phone.SendAt(media.EncodeFrame(media.PCMU, nil, pcm), k.next)
		k.sent++
	}
}

// talk lets the rig's phone be k.
func (r *rig) talk(k *talker) *rig {
	k.rng, k.voice = rand.New(rand.NewPCG(1, 2)), tone(440, 8000)
	r.phone.Voice, r.phone.Header.Timestamp = nil, 1000
	r.speaker = k
	return r
}

func TestR10_DelayComesBackAtEveryPacketTime(t *testing.T) {
	for _, ptime := range []time.Duration{10, 20, 30, 40, 60} {
		for _, pauses := range []bool{false, true} {
			r := newRig(t).talk(&talker{ptime: ptime * time.Millisecond, pauses: pauses})
			r.run(100)
			before := r.rx().PlayoutDelay
			r.net.SetLinkFrom(r.phone.Addr().Addr(), jittery(80*time.Millisecond))
			r.run(750)
			if d := r.rx().PlayoutDelay; d < before+40*time.Millisecond || d > 150*time.Millisecond {
				t.Errorf("ptime %d, pauses %v: delay %v under jitter", ptime, pauses, d)
			}
			r.net.SetLinkFrom(r.phone.Addr().Addr(), jittery(0))
			r.run(700)
			if d := r.rx().PlayoutDelay; d > 45*time.Millisecond+ptime*time.Millisecond%framely {
				t.Errorf("ptime %d, pauses %v: delay %v after 14 s of calm", ptime, pauses, d)
			}
		}
	}
}

// A phone that stops to send while it says nothing is no fault, whatever its
// clock does.
func TestR12_PausesAreNotCounted(t *testing.T) {
	for _, drift := range []float64{0, 200, -200, 1000} {
		r := newRig(t).talk(&talker{ptime: framely, pauses: true, drift: drift})
		r.run(5000)
		s := r.rx()
		wantNone(t, "dropped", s.Dropped) // the pauses have room for it
		if s.PlayoutDelay > 50*time.Millisecond {
			t.Errorf("%v ppm: delay %v", drift, s.PlayoutDelay)
		}
		wantNone(t, "concealed", s.Concealed)
		wantNone(t, "underrun", s.Underrun)
		wantNone(t, "late", s.Late)
		wantNone(t, "lost", s.Lost)
		wantNone(t, "timestamp jumps", s.TimestampJumps)
	}
}

// Every fault shows in the counter made for it and in no other.
func TestR08_LossIsNotTakenForUnderrun(t *testing.T) {
	for _, pauses := range []bool{false, true} {
		k := &talker{ptime: framely, pauses: pauses}
		r := newRig(t).talk(k)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), lossy(0.2))
		r.run(3000)
		s := r.rx()
		wantNone(t, "underrun", s.Underrun)
		if s.Lost < uint64(k.sent/8) || s.Concealed > s.Lost*11/10 {
			t.Errorf("%d sent, %d lost, %d concealed", k.sent, s.Lost, s.Concealed)
		}
	}
}

// stalled is a link that delivers nothing for a while from packet 100 on, and
// then all at once.
func stalled(d time.Duration) netsim.Link {
	return shaped(func(n int) time.Duration {
		if n < 100 {
			return 0
		}
		return max(0, d-time.Duration(n-100)*framely)
	})
}

func TestR11_AStallIsAnUnderrun(t *testing.T) {
	for _, stall := range []time.Duration{100, 200, 300} {
		r := newRig(t).talk(&talker{ptime: framely})
		r.net.SetLinkFrom(r.phone.Addr().Addr(), stalled(stall*time.Millisecond))
		var most time.Duration
		r.after = func(int) { most = max(most, r.rx().PlayoutDelay) }
		r.run(200)
		s := r.rx()
		if s.Underrun != 3 || s.Concealed != 3 { // by then it has faded
			t.Errorf("%d underruns, %d concealed, want 3", s.Underrun, s.Concealed)
		}
		wantEqual(t, "late", s.Late, uint64(max(0, stall-220)/20)) // nobody waits longer
		wantNone(t, "lost", s.Lost)
		wantNone(t, "overflow", s.Overflow)
		if limit := min(stall, 200)*time.Millisecond + 40*time.Millisecond; most > limit {
			t.Errorf("stall of %d ms: delay %v, want at most %v", stall, most, limit)
		}
		r.run(500)
		if d := r.rx().PlayoutDelay; d > 40*time.Millisecond {
			t.Errorf("delay %v 10 s after the stall", d)
		}
	}
}

// What is too old to be worth hearing is dropped at once, and the delay is what
// it was.
func TestR11_ALongStallOverflows(t *testing.T) {
	r := newRig(t).talk(&talker{ptime: framely})
	r.net.SetLinkFrom(r.phone.Addr().Addr(), stalled(time.Second))
	r.run(200)
	s := r.rx()
	if s.Overflow < 45 || s.Overflow > 50 {
		t.Errorf("%d dropped of 50 late packets", s.Overflow)
	}
	if s.PlayoutDelay > 45*time.Millisecond {
		t.Errorf("delay %v a second after the stall", s.PlayoutDelay)
	}
	wantNone(t, "late", s.Late)
	wantNone(t, "lost", s.Lost)
	wantNone(t, "concealed", s.Concealed)
}

// A frame more or less in a tone makes no step that the tone does not make.
func TestR33_CorrectionsDoNotClick(t *testing.T) {
	for _, hertz := range []float64{200, 440, 1000} {
		for _, ppm := range []float64{1000, -1000} {
			r := newRig(t)
			r.phone.Voice = tone(hertz, 8000)
			r.phone.Drift = ppm
			r.run(100)
			before, s := len(r.voice), r.rx()
			r.run(5000)
			e := r.rx()
			if e.Inserted+e.Dropped-s.Inserted-s.Dropped < 4 {
				t.Fatal("no corrections")
			}
			own, zeros := 8000*2*math.Pi*hertz/8000, 0
			for i := before + 1; i < len(r.voice); i++ {
				step := math.Abs(float64(r.voice[i]) - float64(r.voice[i-1]))
				if step > own*1.3+300 {
					t.Fatalf("%v Hz, %v ppm: a step of %v, the tone's own is %.0f", hertz, ppm, step, own)
				}
				if zeros++; r.voice[i] != 0 {
					zeros = 0
				}
				if zeros > 20 {
					t.Fatalf("%v Hz, %v ppm: a hole", hertz, ppm)
				}
			}
		}
	}
}

// Everything at once: the delay is bounded by what the network does, and what
// is played instead of audio by what it lost.
func TestR10_EverythingAtOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		k := &talker{
			ptime:  []time.Duration{10, 20, 30, 40, 60}[rng.IntN(5)] * time.Millisecond,
			drift:  float64(rng.IntN(2001) - 1000),
			pauses: rng.IntN(2) == 0,
		}
		jitter := time.Duration(rng.IntN(100)) * time.Millisecond
		link := netsim.Link{Jitter: jitter, Loss: rng.Float64() / 20, Duplicate: rng.Float64() / 20}
		r := newRig(t).talk(k)
		r.net.SetLinkFrom(r.phone.Addr().Addr(), link)
		restarts := uint64(0)
		var most time.Duration
		r.after = func(tick int) {
			if tick%1500 == 0 {
				restarts++
				r.phone.Header = rtp.Header{Version: 2, SSRC: rng.Uint32(), SequenceNumber: uint16(rng.Uint32()), Timestamp: rng.Uint32()}
			}
			if tick%1500 > 500 {
				most = max(most, r.rx().PlayoutDelay)
			}
		}
		r.run(6500)
		s := r.rx()
		// 8 ms of drift are remembered as jitter, and packets of half frames
		// are waited for.
		if most > jitter+50*time.Millisecond+k.ptime%framely {
			t.Errorf("seed %d: ptime %v, %v ppm, jitter %v: delay up to %v", seed, k.ptime, k.drift, jitter, most)
		}
		wantEqual(t, "SSRC changes", s.SSRCChanges, restarts)
		gone := float64(s.Lost+s.Late+s.Probation) * float64(k.ptime/framely+1)
		if float64(s.Concealed-s.Underrun) > gone*2+10 {
			t.Errorf("seed %d: %d concealed, %d lost, %d late, %d on probation", seed, s.Concealed, s.Lost, s.Late, s.Probation)
		}
		wantNone(t, "timestamp jumps", s.TimestampJumps)
		wantNone(t, "sequence jumps", s.SequenceJumps)
		wantNone(t, "overflow", s.Overflow)
	}
}

// Whatever the packet time and wherever in a tick packets come, once the first
// has been played nothing is missing.
func TestR17_EveryPacketTimeAtEveryPhase(t *testing.T) {
	for _, ptime := range []time.Duration{10, 20, 30, 40, 50, 60} {
		for phase := time.Duration(0); phase < 20; phase++ {
			r := newRig(t)
			start := r.now.Add(phase * time.Millisecond)
			r.talk(&talker{ptime: ptime * time.Millisecond, next: start, turn: start})
			r.run(300)
			if s := r.rx(); s.Concealed+s.Underrun+s.Inserted+s.Dropped+s.Late > 0 {
				t.Errorf("ptime %d, phase %d: %d concealed, %d inserted, %d dropped", ptime, phase, s.Concealed, s.Inserted, s.Dropped)
			}
			if d := r.rx().PlayoutDelay; d > 40*time.Millisecond {
				t.Errorf("ptime %d, phase %d: delay %v", ptime, phase, d)
			}
		}
	}
}
