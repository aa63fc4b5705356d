package sip_test

import (
	"math"
	"testing"
	"time"

	"partyline/sip/phone"
)

// TestWidebandCall: two phones of 16 kHz hear 6 kHz of each other, a third one
// of 8 kHz what it can.
func TestWidebandCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const highHz = 6000
	alice := h.call(phone.Config{Codecs: []string{"G722", "PCMU"}, Rate: 16000}, highHz)
	bob := h.call(phone.Config{Codecs: []string{"opus", "PCMU"}, Rate: 16000}, bobHz)
	carol := h.call(phone.Config{Codecs: []string{"PCMA"}}, aliceHz)
	alice.settle()
	bob.settle()
	for _, c := range []struct {
		name string
		who  *guest
		hz   float64
		want float64 // amplitude
	}{
		{"Bob hears Alice", bob, highHz, 3000}, {"Bob hears Carol", bob, aliceHz, 3000},
		{"Alice hears Bob", alice, bobHz, 3000}, {"Alice hears Carol", alice, aliceHz, 3000},
		{"Carol hears Bob", carol, bobHz, 3000}, {"Carol hears an alias of Alice", carol, 8000 - highHz, 0},
	} {
		if got := amplitude(c.who.listen(400*time.Millisecond), c.hz, c.who.rate); math.Abs(got-c.want) > 1000 {
			t.Errorf("%s: at amplitude %.0f, want %.0f", c.name, got, c.want)
		}
	}
}

// amplitude of a tone in samples, the mean of windows of 20 ms: a machine with
// other things to do bends the tone between them.
func amplitude(samples []int16, hz float64, rate int) float64 {
	n, sum, windows := rate/50, 0.0, 0
	for ; len(samples) >= n; samples = samples[n:] {
		var re, im float64
		for j, s := range samples[:n] {
			sin, cos := math.Sincos(2 * math.Pi * hz * float64(j) / float64(rate))
			re, im = re+float64(s)*cos, im+float64(s)*sin
		}
		sum += 2 * math.Hypot(re, im) / float64(n)
		windows++
	}
	return sum / float64(windows)
}
