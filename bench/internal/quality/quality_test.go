package quality

import (
	"bytes"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/media/netsim"
)

func TestFFT_AgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]complex128, 64)
	for i := range x {
		x[i] = complex(rng.NormFloat64(), rng.NormFloat64())
	}
	want := make([]complex128, len(x))
	for k := range want {
		for i, v := range x {
			want[k] += v * cmplx.Rect(1, -2*math.Pi*float64(i*k)/float64(len(x)))
		}
	}
	fft(x)
	for k := range x {
		if cmplx.Abs(x[k]-want[k]) > 1e-9 {
			t.Fatalf("line %d: %v, want %v", k, x[k], want[k])
		}
	}
}

func TestLevels_OfASine(t *testing.T) {
	const amplitude = 3276.8 // -20 dB of full scale, -23 dBov
	pcm := make([]int16, window)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*1000*float64(i)/rate))
	}
	got := levels(pcm)
	if top := slices.Max(got[:]); math.Abs(top+23) > 0.2 {
		t.Errorf("%.2f dBov", top)
	}
}

func TestMeasures_KnownDamage(t *testing.T) {
	clean := sine(500, 8000).pcm
	lost := make([]bool, len(clean)/frame)
	for i := 10; i < 20; i++ {
		lost[i] = true
	}
	half, none := slices.Clone(clean), slices.Clone(clean)
	for i := 10 * frame; i < 20*frame; i++ {
		half[i], none[i] = clean[i]/2, 0
	}
	if got := segmental(clean, half, lost); math.Abs(got-6.02) > 0.1 {
		t.Errorf("half the amplitude: %.2f dB, want 6", got)
	}
	if got := segmental(clean, none, lost); math.Abs(got) > 0.01 {
		t.Errorf("silence: %.2f dB, want 0", got)
	}
	if got := segmental(clean, clean, lost); got != 35 {
		t.Errorf("untouched: %v dB, want the ceiling of 35", got)
	}
	if got := spectral(clean, clean, lost); got != 0 {
		t.Errorf("untouched: %v dB away", got)
	}
	if h, n := spectral(clean, half, lost), spectral(clean, none, lost); h <= 0 || n <= h {
		t.Errorf("half the amplitude is %v dB away, silence %v", h, n)
	}
}

func TestPattern_LosesWhatItSays(t *testing.T) {
	for _, l := range losses {
		lost := pattern(1, l.percent, l.burst, 200000)
		n, run := 0, 0
		for _, v := range lost {
			if v {
				n++
				run++
				continue
			}
			if run%l.burst != 0 {
				t.Fatalf("%+v: %d in a row", l, run)
			}
			run = 0
		}
		if got := 100 * float64(n) / float64(len(lost)); math.Abs(got-l.percent) > 0.1*l.percent {
			t.Errorf("%+v: %.2f %%", l, got)
		}
	}
}

func TestFaded_HalvesAndStops(t *testing.T) {
	conceal := faded()
	came := []int16(steady(1000).pcm[:frame])
	conceal(came)
	for _, shift := range []int{0, 1, 2, 16} {
		if got, want := conceal(nil)[7], came[7]>>shift; got != want {
			t.Errorf("%d instead of %d", got, want)
		}
	}
}

// The tracker must find what is heard, and say so when it is not verbatim.
func TestTracker(t *testing.T) {
	c := noise(1)
	k := &talker{clip: c, pos: 10 * frame}
	for i := range 10 {
		k.packets = append(k.packets, sent{at: epoch.Add(time.Duration(i) * framely), pos: i * frame, n: frame})
	}
	tr := tracker{from: k}
	codes := c.at(nil, 3*frame+17, frame)
	h := tr.frame(codes, 1, epoch.Add(100*time.Millisecond))
	if !h.found || !h.exact || h.pos != 3*frame+17 {
		t.Errorf("%+v", h)
	}
	// Sample 3*frame+17 left with the fourth packet, 17 samples into it.
	if want := 40*time.Millisecond - samples(17); h.delay < want-time.Microsecond || h.delay > want+time.Microsecond {
		t.Errorf("delay %v, want %v", h.delay, want)
	}
	codes[0] ^= 1
	if h := tr.frame(codes, 2, epoch); !h.found || h.exact {
		t.Errorf("one wrong sample: %+v", h)
	}
	if h := tr.frame(bytes.Repeat([]byte{0xFF}, frame), 3, epoch); h.found {
		t.Errorf("silence: %+v", h)
	}
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestR02_SequenceWraps(t *testing.T) {
	row := Case{ID: "R02", Run: func(t *Trial) {
		undisturbed(t, func(h *rtp.Header) { h.SequenceNumber = 65500 })
	}}.Judge()
	if row.Verdict != Pass || row.Numbers["holes"] != 0 {
		t.Errorf("%+v", row)
	}
}

// A case that hears damage must not pass.
func TestCase_FailsWhenItShould(t *testing.T) {
	row := Case{Run: func(t *Trial) {
		c := newCall(1, noise(1))
		c.link(c.talker, netsim.Link{Loss: 0.1})
		c.run(200)
		t.part("lossy")
		t.equal("holes", c.holes(3), 0)
		t.atMost("delay", ms(quantile(c.delays(0), 1)), 1, " ms")
		t.atLeast("packets", float64(c.rx().Packets), 200, "")
		t.text("locked to", c.lockedTo(), "nobody")
	}}.Judge()
	if row.Verdict != Fail || len(row.Failures) != 4 || row.Numbers["lossy: holes"] < 10 {
		t.Errorf("%+v", row)
	}
}

func TestCase_FailsOnPanic(t *testing.T) {
	row := Case{Run: func(*Trial) { panic("out of range") }}.Judge()
	if row.Verdict != Fail || !strings.Contains(row.Failures[0], "out of range") {
		t.Errorf("%+v", row)
	}
}

// Every R and M case is there, with a way to judge it or a reason why not.
func TestCases_Complete(t *testing.T) {
	var ids []string
	for _, c := range Cases(nil) {
		ids = append(ids, c.ID)
		if (c.Run == nil) == (c.Absent == "") || c.Sent == "" {
			t.Errorf("%s: %q: judged or absent, not both", c.ID, c.Sent)
		}
	}
	for n := 1; n <= 40; n++ {
		wantID(t, ids, 'R', n)
	}
	for n := 1; n <= 20; n++ {
		wantID(t, ids, 'M', n)
	}
	if got := len(Cases(regexp.MustCompile("^M20$"))); got != 1 {
		t.Errorf("%d cases match M20", got)
	}
}

func wantID(t *testing.T, ids []string, letter rune, n int) {
	t.Helper()
	id := string(letter) + string(rune('0'+n/10)) + string(rune('0'+n%10))
	if !slices.Contains(ids, id) {
		t.Errorf("%s is missing", id)
	}
}

func TestTable_WrapsWithinItsColumns(t *testing.T) {
	var b strings.Builder
	NewTable(&b).Row(Row{ID: "R01", Sent: strings.Repeat("sent ", 20), Heard: strings.Repeat("heard ", 30),
		Verdict: Fail, Failures: []string{"it was bad"}})
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > idWidth+sentWidth+heardWidth+verdictWidth+6 {
			t.Errorf("%d wide: %s", n, line)
		}
	}
	if !strings.Contains(b.String(), "✗ it was bad") || !strings.Contains(b.String(), "FAIL") {
		t.Error(b.String())
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{0: "0", -1e-9: "0", 12: "12", 0.123: "0.12", 12.34: "12.3", 123.4: "123", -2.86: "-2.9"} {
		if got := short(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
