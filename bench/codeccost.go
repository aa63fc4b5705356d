package main

import (
	"runtime"
	"time"

	"partyline/bench/internal/proc"
	"partyline/media"
	"partyline/mixer/tone"
)

// codecFrames is how many frames a codec's cost is the mean of.
const codecFrames = 3000

// codecCost is what a frame costs to decode and to encode, in µs of processor
// time, with everything else in this process at rest. The sound is what the
// callers make: a few tones.
func codecCost(c media.Codec) (decode, encode float64, err error) {
	e, err := media.NewEncoder(media.Format{Codec: c})
	if err != nil {
		return 0, 0, err
	}
	d, err := media.NewDecoder(c)
	if err != nil {
		return 0, 0, err
	}
	frames := chord(c.SampleRate())
	var packets [][]byte
	for _, f := range frames {
		packets = append(packets, e.Encode(nil, f))
	}
	payload, pcm := make([]byte, 0, 2000), make([]int16, c.SampleRate()/10)
	encode = each(func(i int) { e.Encode(payload, frames[i%len(frames)]) })
	decode = each(func(i int) { d.Decode(pcm, packets[i%len(packets)]) })
	return decode, encode, nil
}

// chord is a second of three tones and a little noise, in frames.
func chord(rate int) (frames [][]int16) {
	sum, one := make([]int16, rate), make([]int16, rate)
	for _, hz := range []int{420, 603, 786} {
		s := tone.Sine{Hz: hz, Rate: rate, Level: -27}
		s.Fill(one)
		for i := range sum {
			sum[i] += one[i]
		}
	}
	noise := uint32(1)
	for i := range sum {
		noise = noise*1664525 + 1013904223
		sum[i] += int16(noise>>28) - 8
	}
	for i := 0; i < rate; i += rate / 50 {
		frames = append(frames, sum[i:i+rate/50])
	}
	return frames
}

// each is the processor time of one call of f, in µs.
func each(f func(i int)) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := range codecFrames / 10 {
		f(i) // caches and tables
	}
	began := proc.Thread()
	for i := range codecFrames {
		f(i)
	}
	return float64(proc.Thread()-began) / float64(time.Microsecond) / codecFrames
}
