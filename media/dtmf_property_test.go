package media_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"partyline/media/netsim"
)

// press is one packet of a telephone-event.
type press struct {
	at       time.Duration // since the key went down
	ts       uint32
	duration int
	end      bool
}

// keyPress is every packet a phone sends for a key held down so long, on a
// clock in Hz: an update every 20 ms, segments of at most 65,535 units, and the
// last packet of each three times (RFC 4733 sections 2.5.1.2 to 2.5.1.4).
func keyPress(ts uint32, held time.Duration, clock int) (all []press) {
	const full = 0xFFFF
	begun := 0 // of the segment, in units
	total := int(held * time.Duration(clock) / time.Second)
	for at := framely; ; at += framely {
		passed := min(total, int(at*time.Duration(clock)/time.Second))
		for passed-begun > full {
			for range 3 {
				all = append(all, press{at, ts, full, false})
			}
			begun, ts = begun+full, ts+full
		}
		if passed == total {
			for i := range time.Duration(3) {
				all = append(all, press{at + i*framely, ts, total - begun, true})
			}
			return all
		}
		all = append(all, press{at, ts, passed - begun, false})
	}
}

// thin drops packets with probability p, but one.
func thin(rng *rand.Rand, all []press, p float64) (kept []press) {
	for _, e := range all {
		if rng.Float64() >= p {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		kept = append(kept, all[rng.IntN(len(all))])
	}
	return kept
}

// A digit counts once if one of its packets arrives, whatever is lost, comes
// twice, or overtakes.
func TestR14_EachDigitOnceUnderLoss(t *testing.T) {
	t.Parallel()
	held := []time.Duration{40 * time.Millisecond, 60 * time.Millisecond, 100 * time.Millisecond, 400 * time.Millisecond, 1500 * time.Millisecond, 9 * time.Second}
	for seed := range uint64(48) {
		rng := rand.New(rand.NewPCG(seed, 14))
		loss := float64(seed%6) / 10
		clock := []int{8000, 8000, 16000, 48000}[seed/6%4]
		r := newRig(t)
		r.phone.Voice = nil
		p := r.phone.Params()
		p.DTMFClock = clock
		r.leg.Configure(netsim.Setup(p), r.now)
		link := netsim.Link{Duplicate: 0.2}
		if seed%2 == 0 {
			link.Jitter = 120 * time.Millisecond
		}
		r.net.SetLinkFrom(r.phone.Addr().Addr(), link)

		h := r.phone.Header
		h.PayloadType, h.SSRC, h.Timestamp = netsim.EventType, 77, rng.Uint32()
		var want, got []byte
		for range 30 {
			key := byte(rng.IntN(4)) // few, so that the same comes twice in a row
			long := held[rng.IntN(len(held))]
			packets := keyPress(h.Timestamp, long, clock)
			for _, e := range thin(rng, packets, loss) {
				h.Timestamp = e.ts
				flags := byte(10)
				if e.end {
					flags |= 0x80
				}
				r.phone.SendRaw(h, []byte{key, flags, byte(e.duration >> 8), byte(e.duration)}, r.now.Add(e.at))
				h.SequenceNumber++
			}
			want = append(want, "0123"[key])
			pause := 40*time.Millisecond + time.Duration(rng.IntN(100))*time.Millisecond
			h.Timestamp = packets[0].ts + uint32((long+pause)*time.Duration(clock)/time.Second)
			r.run(int((long + pause) / framely))
			got = append(got, r.digits()...)
		}
		r.run(20)
		got = append(got, r.digits()...)
		if link.Jitter > 0 { // whose first packet comes first is chance
			slices.Sort(want)
			slices.Sort(got)
		}
		if string(got) != string(want) {
			t.Errorf("seed %d, loss %v, clock %d:\ngot  %s\nwant %s", seed, loss, clock, got, want)
		}
	}
}
