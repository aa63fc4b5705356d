package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"partyline/media/mp3"
	"partyline/media/resample"
	"partyline/media/wav"
)

// The limits of a track.
const (
	readAhead    = 5 * time.Second  // decoded beyond the furthest reader
	keepLimit    = 10 * time.Minute // default of Library.keepLimit
	maxEagerSize = 32 << 20         // bytes of a file that is decoded without waiting for readers
	pieceTime    = 40 * time.Millisecond
	breath       = time.Millisecond // after each piece decoded in the background
)

// pcmReader is what the packages of media make of an audio file.
type pcmReader interface {
	Rate() int
	Read(dst []int16) (int, error)
}

// openPCM returns the decoder for a format.
func openPCM(f format, r io.Reader) (pcmReader, error) {
	switch f {
	case formatWAV:
		return wav.NewReader(r)
	case formatMP3:
		return mp3.NewReader(r)
	}
	return nil, errors.New("neither MP3 nor WAV")
}

// decoder fills a track from a body.
type decoder struct {
	lib    *Library
	track  *track
	body   *body
	pcm    pcmReader
	rate   int                 // of the file at present; an MP3 may change it
	to     *resample.Resampler // nil when the rates agree
	buf    []int16             // one piece at the file's rate
	again  []int16             // what the second round begins with, once known
	eager  bool                // a file: no need to wait for readers
	forget bool                // a broadcast: its beginning is of no use
}

// newDecoder reads the audio header of an answer. It closes the body when it
// fails. The decoder's track is to be filled by run.
func (l *Library) newDecoder(ans *answer, rate int) (*decoder, error) {
	b := ans.raw
	d := &decoder{lib: l, body: b,
		eager:  ans.size >= 0 && ans.size <= maxEagerSize,
		forget: ans.broadcast,
	}
	b.turn = l.turns
	l.turns.acquire()
	defer l.turns.release()
	b.within(stallTimeout)
	var err error
	if d.pcm, err = openPCM(ans.format, ans.body); err == nil {
		err = d.prepare(d.pcm.Rate(), rate)
	}
	if err == nil {
		if d.to != nil && !d.forget {
			d.to.Remember(samples(pieceTime, rate))
		}
		b.within(0)
		d.track = newTrack(rate, func() { b.cancel(context.Canceled) })
		d.track.live = ans.broadcast || ans.size < 0
		return d, nil
	}
	if b.err != nil {
		err = fetchError(b.ctx, b.err, redact(ans.final))
	} else {
		err = unsupported(ans, err)
	}
	b.close()
	return nil, err
}

// unsupported returns the error for an answer that cannot be played.
func unsupported(ans *answer, err error) error {
	reason := string(ans.format)
	if ans.format == formatNone {
		reason = "format"
	}
	return &Error{Kind: UnsupportedAudio, URL: redact(ans.final), Reason: reason, Err: err}
}

// prepare sets up the conversion between two rates.
func (d *decoder) prepare(from, to int) (err error) {
	d.rate, d.to = from, nil
	if from != to {
		d.to, err = resample.New(from, to)
	}
	d.buf = make([]int16, samples(pieceTime, from))
	return err
}

// run decodes until the end of the body, an error, or the cancelling of the
// track, which comes when nobody listens any more.
func (d *decoder) run() {
	defer d.body.close()
	if d.forget {
		d.track.forget()
	}
	for {
		turn, err := d.pace()
		if err != nil {
			d.finish(err)
			return
		}
		pcm, err := d.piece(turn)
		d.lib.keep(d.track, len(pcm))
		d.track.append(pcm)
		if err != nil {
			d.finish(err)
			return
		}
	}
}

// pace waits until a reader needs more, or until the rest of a file may as well
// be decoded in the background. It returns the kind of turn to decode in.
func (d *decoder) pace() (*turns, error) {
	limit := int64(samples(readAhead, d.track.rate))
	for d.track.ahead() >= limit {
		if d.eager && d.track.root.Load() != nil {
			return d.lib.background, context.Cause(d.body.ctx)
		}
		select {
		case <-d.track.moved:
		case <-d.body.ctx.Done():
			return nil, context.Cause(d.body.ctx)
		}
	}
	return d.lib.turns, context.Cause(d.body.ctx)
}

// piece decodes one piece when its turn has come. In the background it takes a
// breath after it.
func (d *decoder) piece(turn *turns) ([]int16, error) {
	turn.acquire()
	defer turn.release()
	d.body.turn = turn
	d.body.within(stallTimeout)
	defer d.body.within(0)
	pcm, err := d.next()
	if turn == d.lib.background {
		time.Sleep(breath)
	}
	return pcm, err
}

// next decodes one piece and converts it to the track's rate. A decoder that
// panics has met its end.
func (d *decoder) next() (pcm []int16, err error) {
	defer func() {
		if v := recover(); v != nil {
			pcm, err = nil, fmt.Errorf("the decoder panicked: %v", v)
			d.lib.log.Error("prompt: panic", "value", v, "stack", string(debug.Stack()))
		}
	}()
	piece := samples(pieceTime, d.track.rate)
	pcm = make([]int16, 0, piece+piece/2)
	for len(pcm) < piece && err == nil {
		var n int
		n, err = d.pcm.Read(d.buf)
		if pcm, err = d.convert(pcm, d.buf[:n], err); err != nil && d.to != nil {
			pcm, d.again = d.to.FlushLoop(pcm)
		}
	}
	return pcm, err
}

// convert appends what was read just now at the track's rate. It passes err
// on.
func (d *decoder) convert(pcm, read []int16, err error) ([]int16, error) {
	if now := d.pcm.Rate(); now != d.rate && len(read) > 0 {
		if d.to != nil {
			pcm = d.to.Flush(pcm)
		}
		if bad := d.prepare(now, d.track.rate); bad != nil {
			return pcm, bad
		}
	}
	if d.to == nil {
		return append(pcm, read...), err
	}
	return d.to.Append(pcm, read), err
}

// finish closes the track. A file that is damaged, but was received to its
// end, counts as complete: what could be played is the file.
func (d *decoder) finish(err error) {
	switch {
	case d.body.err != nil:
		err = fetchError(d.body.ctx, d.body.err, "")
	case errors.Is(err, context.Canceled):
	case d.track.made.Load() > 0:
		err = nil
	case err == io.EOF:
		err = &Error{Kind: UnsupportedAudio, Reason: "empty", Err: errors.New("no audio in it")}
	default:
		err = &Error{Kind: UnsupportedAudio, Reason: "damaged", Err: err}
	}
	d.track.close(err, d.again)
	d.lib.settle(d.track)
}
