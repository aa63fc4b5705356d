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
	Payload     []byte // not to be changed
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
	Strange    int // datagrams that are not RTP with G.711
	RTCP       int // datagrams on the RTCP socket
	// MaxInterArrival is the longest wait between two packets in order.
	MaxInterArrival time.Duration
}

// maxJump is the longest silence between two packets that a recording shows
// as silence, in samples.
const maxJump = 60 * 8000

// recording lays received audio out by RTP timestamp: a lost packet is 20 ms
// of silence, and nothing shifts what follows.
type recording struct {
	mu      sync.Mutex
	packets []Packet
	samples []int16
	grown   chan struct{} // closed and replaced when samples gets longer
	stats   Stats         // Lost is computed from seen

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

// add takes in one packet. p.Payload belongs to the recording from then on.
func (r *recording) add(p *rtp.Packet, c codec, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Packets++
	r.packets = append(r.packets, Packet{at, p.SSRC, p.SequenceNumber, p.Timestamp, p.Marker, p.PayloadType, p.Payload})
	offset := r.shift + int(int32(p.Timestamp-r.origin))
	if r.seen == nil || p.SSRC != r.ssrc || offset > len(r.samples)+maxJump || offset < len(r.samples)-maxJump {
		r.begin(p)
		offset = r.shift
	}
	if !r.count(p.SequenceNumber, at) || offset < 0 {
		return
	}
	if end := offset + len(p.Payload); end > len(r.samples) {
		r.samples = append(r.samples, make([]int16, end-len(r.samples))...)
		close(r.grown)
		r.grown = make(chan struct{})
	}
	for i, b := range p.Payload {
		r.samples[offset+i] = c.decode(b)
	}
}

// begin starts a run of packets whose timestamps belong together. It is laid
// out right after the previous one.
func (r *recording) begin(p *rtp.Packet) {
	if r.seen != nil {
		r.stats.Restarts++
		r.wanted += int(r.last - r.first + 1)
	}
	r.ssrc, r.origin, r.shift = p.SSRC, p.Timestamp, len(r.samples)
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

// strange counts a datagram that is not audio.
func (r *recording) strange() {
	r.mu.Lock()
	r.stats.Strange++
	r.mu.Unlock()
}

// report counts an RTCP datagram.
func (r *recording) report() {
	r.mu.Lock()
	r.stats.RTCP++
	r.mu.Unlock()
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
