package phone

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// Packet is one received RTP packet.
type Packet struct {
	At          time.Time // when it was read from the socket
	SSRC        uint32
	Sequence    uint16
	Timestamp   uint32
	Marker      bool
	PayloadType uint8
	Payload     []byte // decrypted; not to be changed
}

// Stats counts what a call sent and received.
type Stats struct {
	Sent       int // RTP packets sent
	SendSkips  int // packets not sent because the phone itself came too late
	Packets    int // RTP packets received, with duplicates
	Lost       int // sequence numbers that never came, so far
	Duplicates int
	Late       int // came after a packet with a higher sequence number
	Gaps       int // times the sequence jumped forward
	Restarts   int // changes of SSRC, and timestamps too far off to be the same talk
	Strange    int // datagrams that are not RTP with a codec of the phone's
	RTCP       int // datagrams on the RTCP socket
	// Unauthentic counts datagrams that SRTP refused.
	Unauthentic int
	// MaxInterArrival is the longest wait between two packets in order.
	MaxInterArrival time.Duration
}

// maxJump is the longest silence between two packets that a recording shows
// as silence, in seconds.
const maxJump = 60

// recording lays received audio out by RTP timestamp: a lost packet is 20 ms
// of silence, and nothing shifts what follows.
type recording struct {
	rate    int // of samples, in Hz
	mu      sync.Mutex
	packets []Packet
	samples []int16
	grown   chan struct{} // closed and replaced when samples gets longer
	stats   Stats         // Lost is computed from seen

	codec   codec // that coder and convert belong to
	coder   coder // nil: none yet
	convert *converter

	ssrc    uint32
	origin  uint32         // timestamp of samples[shift]
	shift   int            // where the present run begins in samples
	highest uint16         // highest sequence number of the present run
	first   int64          // extended sequence number of the run's first packet
	last    int64          // … and of its highest
	seen    map[int64]bool // extended sequence numbers of the run
	unique  int            // of all runs
	wanted  int            // of the finished runs
}

func newRecording(rate int) *recording {
	return &recording{rate: rate, grown: make(chan struct{})}
}

// add takes in one packet. p.Payload belongs to the recording from then on.
func (r *recording) add(p *rtp.Packet, c codec, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Packets++
	r.packets = append(r.packets, Packet{at, p.SSRC, p.SequenceNumber, p.Timestamp, p.Marker, p.PayloadType, p.Payload})
	offset := r.offset(p, c)
	if far := maxJump * r.rate; r.seen == nil || p.SSRC != r.ssrc || offset > len(r.samples)+far || offset < len(r.samples)-far {
		r.begin(p)
		offset = r.shift
	}
	if !r.count(p.SequenceNumber, at) || offset < 0 {
		return
	}
	pcm := r.decode(p.Payload, c)
	if end := offset + len(pcm); end > len(r.samples) {
		r.samples = append(r.samples, make([]int16, end-len(r.samples))...)
		close(r.grown)
		r.grown = make(chan struct{})
	}
	copy(r.samples[offset:], pcm)
}

// offset is where a packet's audio belongs in samples. Another clock counts
// from the end of what there is.
func (r *recording) offset(p *rtp.Packet, c codec) int {
	if r.coder != nil && r.codec.clock != c.clock {
		r.origin, r.shift = p.Timestamp, len(r.samples)
	}
	return r.shift + int(int64(int32(p.Timestamp-r.origin))*int64(r.rate)/int64(c.clock))
}

// decode is a payload's audio at the rate of the recording.
func (r *recording) decode(payload []byte, c codec) []int16 {
	if r.coder == nil || r.codec.name != c.name {
		r.codec, r.coder, r.convert = c, c.open(), newConverter(c.rate, r.rate)
	}
	return r.convert.convert(r.coder.decode(payload))
}

// begin starts a run of packets whose timestamps belong together. It is laid
// out right after the previous one.
func (r *recording) begin(p *rtp.Packet) {
	if r.seen != nil {
		r.stats.Restarts++
		r.wanted += int(r.last - r.first + 1)
	}
	r.ssrc, r.origin, r.shift = p.SSRC, p.Timestamp, len(r.samples)
	r.coder = nil
	r.highest = p.SequenceNumber
	r.first, r.last = int64(p.SequenceNumber), int64(p.SequenceNumber)-1
	r.seen = make(map[int64]bool)
}

// count books one sequence number and reports whether it is new.
func (r *recording) count(seq uint16, at time.Time) bool {
	extended := r.last + 1
	if r.last >= r.first {
		extended = r.last + int64(int16(seq-r.highest))
	}
	if r.seen[extended] {
		r.stats.Duplicates++
		return false
	}
	r.seen[extended] = true
	r.unique++
	if extended < r.last {
		r.stats.Late++
		r.first = min(r.first, extended)
		return true
	}
	if extended > r.last+1 {
		r.stats.Gaps++
	}
	if n := len(r.packets); n > 1 && extended > r.first {
		r.stats.MaxInterArrival = max(r.stats.MaxInterArrival, at.Sub(r.packets[n-2].At))
	}
	r.last, r.highest = extended, seq
	return true
}

// note changes the counters.
func (r *recording) note(count func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.stats)
}

// from copies the samples from mark on and tells how to wait for more.
func (r *recording) from(mark int) (samples []int16, grown <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.samples[min(mark, len(r.samples)):]), r.grown
}

func (r *recording) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.samples)
}

func (r *recording) snapshot() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	if r.seen != nil {
		s.Lost = r.wanted + int(r.last-r.first+1) - r.unique
	}
	return s
}
