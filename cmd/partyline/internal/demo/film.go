package demo

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"partyline/media/wav"
)

// film is all one phone heard, laid out along the demonstration's time.
type film struct {
	name    string
	samples []int16   // from the beginning on; silence between calls
	calls   []stretch // when it was in a call
}

// stretch is a piece of time since the beginning.
type stretch struct{ from, to time.Duration }

// films lays out the recordings of all phones.
func (s *stage) films() []film {
	var all []film
	for _, name := range names {
		f := film{name: name}
		for _, take := range s.takes[name] {
			packets := take.Packets()
			if len(packets) == 0 {
				continue
			}
			from := packets[0].At.Sub(s.began)
			samples := take.Heard()
			f.lay(from, samples)
			f.calls = append(f.calls, stretch{from, from + duration(len(samples))})
		}
		all = append(all, f)
	}
	return all
}

// lay puts samples where they belong in time.
func (f *film) lay(from time.Duration, samples []int16) {
	at := int(from.Seconds() * rate)
	if need := at + len(samples); need > len(f.samples) {
		f.samples = append(f.samples, make([]int16, need-len(f.samples))...)
	}
	copy(f.samples[at:], samples)
}

func duration(samples int) time.Duration { return time.Duration(samples) * time.Second / rate }

// writeFiles writes the WAV files and the picture.
func writeFiles(dir string, films []film, outcomes []outcome) error {
	for _, f := range films {
		if err := writeWAV(filepath.Join(dir, f.name+".wav"), f.samples); err != nil {
			return err
		}
	}
	return writePicture(filepath.Join(dir, pictureName), films, outcomes)
}

func writeWAV(path string, samples []int16) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(wav.Encode(file, rate, samples), file.Close())
}
