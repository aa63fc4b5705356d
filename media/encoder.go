package media

import (
	"fmt"
	"time"

	"partyline/media/resample"
)

// Format is everything that makes one encoder's output differ from another's.
// Listeners of the same mix with equal Formats can share an encoder.
type Format struct {
	Codec Codec
	Opus  OpusParams // zero but for Opus
}

// Format is that of the audio p sends.
func (p *Params) Format() Format {
	f := Format{Codec: p.Tx.Codec}
	if f.Codec == Opus {
		f.Opus = p.Opus
	}
	return f
}

// coder codes PCM at its codec's sample rate.
type coder interface {
	// encode appends the payload of 20 ms of PCM to dst.
	encode(dst []byte, pcm []int16) []byte
	// follow takes over the state of another coder of the same format, false
	// when it cannot.
	follow(other coder) bool
}

// newCoder makes the coder of f.
func newCoder(f Format) (coder, error) {
	switch f.Codec {
	case PCMU, PCMA:
		return g711Coder{f.Codec}, nil
	case G722:
		return newG722Coder(), nil
	case Opus:
		return newOpusCoder(f.Opus)
	case L16at8k, L16at16k, L16at48k:
		return l16Coder{}, nil
	}
	return nil, fmt.Errorf("media: no encoder for codec %d", f.Codec)
}

// Encoder turns 20 ms frames at a conference's rate into payloads of one
// format: it converts to the codec's sample rate, then codes. It belongs to one
// goroutine at a time. Nothing but NewEncoder allocates.
type Encoder struct {
	format Format
	rate   int    // of the frames that come
	turn   bool   // the next frame is the first at another rate
	keep   bool   // the next frame is remembered
	past   recall // the end of what was coded, as far as it is needed

	coder coder
	way   resample.Way  // from rate to the codec's
	delay time.Duration // of what was coded last
	pcm   []int16       // room for a frame at the codec's rate, nil for G.711
	waste []byte        // what Warm codes
}

// NewEncoder makes an encoder, nil for NoCodec. It is costly for Opus: not for
// the tick.
func NewEncoder(f Format) (*Encoder, error) {
	if f.Codec == NoCodec {
		return nil, nil
	}
	c, err := newCoder(f)
	if err != nil {
		return nil, err
	}
	to := f.Codec.SampleRate()
	e := &Encoder{format: f, coder: c, rate: to}
	e.past.rate = to
	if !f.Codec.g711() {
		e.pcm = make([]int16, to/framesPerSecond)
	}
	if f.Codec.facts().memory {
		e.waste = make([]byte, 0, maxOpusFrame+1)
	}
	resample.Prepare()
	return e, nil
}

// Format is what e was made for.
func (e *Encoder) Format() Format { return e.format }

// Keep announces a SetRate: what is encoded next is remembered, for the frames
// of the other rate to go on from. It comes one frame ahead. A SetRate that was
// not announced goes on from what the filter to the codec's rate remembers;
// where there is none, from silence.
func (e *Encoder) Keep() { e.keep = true }

// SetRate says at which rate the following frames come, 8,000, 16,000 or
// 48,000 Hz. They continue the ones before to the sample; what is heard goes on
// from the old delay to the new one within the next frame, without a click.
func (e *Encoder) SetRate(rate int) {
	way, err := resample.NewWay(rate, e.format.Codec.SampleRate())
	if rate == e.rate || err != nil {
		return
	}
	if !e.turn {
		e.delay = e.way.Delay()
	}
	e.rate, e.way = rate, way
	if e.turn = e.past.n > 0; !e.turn {
		e.past.silence(rate, way.Past())
	}
}

// Memoryless reports whether the payload of the next frame depends on nothing
// but the frame, so that any encoder of this format gives the same.
func (e *Encoder) Memoryless() bool {
	return !e.format.Codec.facts().memory && e.rate == e.format.Codec.SampleRate() && !e.turn
}

// Continue makes e go on exactly where other stands, an encoder of the same
// format, and reports whether it can. Where it cannot, as with Opus, the
// listener hears no more of the change after a Warm.
func (e *Encoder) Continue(other *Encoder) bool {
	if e.format != other.format || !e.coder.follow(other.coder) {
		return false
	}
	e.rate, e.turn, e.keep = other.rate, other.turn, other.keep
	e.way, e.delay = other.way, other.delay
	e.past.follow(&other.past)
	return true
}

// Warm prepares e for a listener who has so far been served by another encoder
// of the same format and rate: frames are the newest that one encoded, oldest
// first. What e encodes next joins on without being heard as a change. Each
// frame costs an Encode.
func (e *Encoder) Warm(frames ...[]int16) {
	keep := e.keep
	e.turn, e.keep = false, false
	e.past.silence(e.rate, e.way.Past())
	for _, frame := range frames {
		e.waste = e.Encode(e.waste[:0], frame)
	}
	e.keep = keep
}

// Encode appends the payload of frame, 20 ms at the rate set, to dst and
// returns the longer slice. No payload is longer than 1,920 bytes.
func (e *Encoder) Encode(dst []byte, frame []int16) []byte {
	frame = frame[:min(len(frame), e.rate/framesPerSecond)]
	if e.format.Codec.g711() {
		return e.encodeG711(dst, frame)
	}
	return e.coder.encode(dst, e.convert(e.pcm, frame))
}

// encodeG711 is Encode for a codec whose frames are short enough for the stack.
func (e *Encoder) encodeG711(dst []byte, frame []int16) []byte {
	if e.untouched() {
		return EncodeFrame(e.format.Codec, dst, frame)
	}
	var room [frameSamples]int16
	return EncodeFrame(e.format.Codec, dst, e.convert(room[:], frame))
}

// untouched reports whether the next frame is coded as it is and forgotten.
func (e *Encoder) untouched() bool {
	return e.rate == e.format.Codec.SampleRate() && e.past.n == 0 && !e.keep
}

// convert is frame at the codec's rate, for which there is room.
func (e *Encoder) convert(room, frame []int16) []int16 {
	if e.untouched() {
		return frame
	}
	to, pcm := e.format.Codec.SampleRate(), frame
	if e.rate != to || e.turn {
		pcm = room[:min(len(frame)*to/e.rate, len(room))]
		e.join(pcm, frame)
	}
	n := e.way.Past()
	if e.keep {
		n = recallMost
	}
	e.past.keep(frame, n)
	e.keep = false
	return pcm
}

// join is frame as pcm at the codec's rate. The first frame of another rate
// goes on from the delay there was.
func (e *Encoder) join(pcm, frame []int16) {
	if !e.turn {
		e.way.Convert(pcm, e.past.known(), frame)
		return
	}
	e.turn = false
	to := e.format.Codec.SampleRate()
	late := samplesIn(e.way.Delay()-e.delay, to)
	early := max(0, -late)
	var room [mediaRate / framesPerSecond]int16
	var before [mediaRate / framesPerSecond]int16
	past := room[:e.way.Past()+early*e.rate/to]
	e.past.at(past, e.rate, frame)
	n := e.way.Past()
	e.way.Convert(before[:early], past[:n], past[n:])
	e.way.Convert(pcm, past, frame)
	slide(pcm, before[:early], late)
	e.past.rate, e.past.n = e.rate, 0
	e.past.keep(past, n)
}
