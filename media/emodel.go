package media

import (
	"math"
	"time"
)

// Terms of the E-model for G.711 with concealment (ITU-T G.107, G.113
// appendix I).
const (
	clearR = 93.2 // rating of a call without delay and loss
	robust = 25.1 // packet-loss robustness Bpl
)

// MOS estimates how the bridge hears the phone, from 1 (bad) to 4.41 (as good
// as G.711 gets), by delay and by what never came or came too late, less what
// redundancy made good. It is 0 before the first packet.
//
// Every codec is rated as G.711: the model for wideband (G.107.1) has a scale of
// its own, on which telephones of both kinds cannot be compared. So the figure
// tells what the network did, not what the codec can do.
func (s Stats) MOS() float64 {
	rx := &s.Rx
	if rx.Packets == 0 {
		return 0
	}
	gone := float64(rx.Lost + rx.Late + rx.Overflow - min(rx.Lost, rx.Recovered))
	loss := gone / (float64(rx.Packets) + float64(rx.Lost))
	return score(rating(20*time.Millisecond+rx.PlayoutDelay+s.Peer.RTT/2, loss))
}

// rating is the transmission rating R of a one-way delay and a random loss
// from 0 to 1. The delay term is the usual straight-line approximation of
// G.107's Idd, the loss term its section 7.5.
func rating(delay time.Duration, loss float64) float64 {
	ms := float64(delay) / float64(time.Millisecond)
	delayed := 0.024*ms + 0.11*max(0, ms-177.3)
	percent := 100 * min(max(loss, 0), 1)
	return clearR - delayed - 95*percent/(percent+robust)
}

// score is the mean opinion score of a rating (G.107 annex B).
func score(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return math.Max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
