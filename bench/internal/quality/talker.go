package quality

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/pion/rtp"

	"partyline/bench/internal/speech"
	"partyline/media"
	"partyline/media/netsim"
)

// clip is a sound that is said again and again, as it looks after G.711.
type clip struct {
	codes []byte  // mu-law
	pcm   []int16 // what codes decode to
}

// newClip rounds a sound to what mu-law can say, and its negative zero, which
// nothing that decodes and encodes can keep, to the positive one.
func newClip(pcm []int16) *clip {
	c := &clip{pcm: make([]int16, len(pcm))}
	media.DecodeFrame(media.PCMU, c.pcm, media.EncodeFrame(media.PCMU, nil, pcm))
	c.codes = media.EncodeFrame(media.PCMU, nil, c.pcm)
	return c
}

// spoken is a minute of a low voice, of a length that no correction comes at
// the same place of twice in a row.
func spoken() *clip { return newClip(speech.Make(1, 115, 67)) }

// sine is a second of a tone; hz is a whole number, so that it has no seam.
func sine(hz, amplitude float64) *clip {
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/rate)))
	}
	return newClip(pcm)
}

// noise is ten seconds in which no 32 samples occur twice.
func noise(seed uint64) *clip {
	rng := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int16, 10*rate)
	for i := range pcm {
		pcm[i] = int16(2000 * rng.NormFloat64())
	}
	return newClip(pcm)
}

// steady is a second of the same sample value.
func steady(value int16) *clip {
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = value
	}
	return newClip(pcm)
}

// at appends n codes from a position on, which may go round.
func (c *clip) at(dst []byte, pos, n int) []byte {
	for n > 0 {
		off := pos % len(c.codes)
		part := c.codes[off:min(len(c.codes), off+n)]
		dst = append(dst, part...)
		pos, n = pos+len(part), n-len(part)
	}
	return dst
}

// sample is the value at a position.
func (c *clip) sample(pos int) int16 { return c.pcm[pos%len(c.pcm)] }

// talker is a phone that says a clip by a clock of its own and remembers when
// it said what.
type talker struct {
	phone *netsim.Phone
	clip  *clip // nil says nothing
	size  int   // samples in a packet
	ppm   float64
	// quiet lets time and text go on without a packet, as silence suppression
	// does.
	quiet bool
	// header, when set, may change what the next packet says of itself.
	header func(h *rtp.Header)

	pos     int // of the sample said next
	start   time.Time
	elapsed float64 // nanoseconds since start, to the next packet
	packets []sent
	buf     []byte
}

// sent is one packet: the time it left and its place in the text.
type sent struct {
	at     time.Time
	pos, n int
}

func newTalker(p *netsim.Phone, c *clip, start time.Time) *talker {
	return &talker{phone: p, clip: c, size: frame, start: start}
}

// talk sends the packets that are due.
func (t *talker) talk(now time.Time) {
	for {
		at := t.start.Add(time.Duration(t.elapsed))
		if at.After(now) {
			return
		}
		t.packet(at)
		t.elapsed += float64(t.size) / rate * 1e9 * (1 - t.ppm/1e6)
	}
}

// packet sends one packet, or lets its time pass.
func (t *talker) packet(at time.Time) {
	if t.clip == nil || t.quiet {
		t.phone.Header.Timestamp += uint32(t.size)
		t.pos += t.size
		return
	}
	if t.header != nil {
		t.header(&t.phone.Header)
	}
	t.buf = t.clip.at(t.buf[:0], t.pos, t.size)
	t.phone.SendAt(t.buf, at)
	t.packets = append(t.packets, sent{at: at, pos: t.pos, n: t.size})
	t.pos += t.size
}

// said is when the sample at a position left, counted from the packet's
// departure as if the packet took its time.
func (t *talker) said(pos int) (time.Time, bool) {
	i := sort.Search(len(t.packets), func(i int) bool { return t.packets[i].pos+t.packets[i].n > pos })
	if i == len(t.packets) || pos < t.packets[i].pos {
		return time.Time{}, false
	}
	p := t.packets[i]
	return p.at.Add(samples(pos - p.pos)), true
}

// samples is n samples as time.
func samples(n int) time.Duration { return time.Duration(n) * time.Second / rate }
