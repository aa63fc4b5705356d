package mp3

import "io"

// icyReader takes the metadata out of a SHOUTcast or Icecast broadcast.
type icyReader struct {
	src     io.Reader
	metaint int
	left    int // audio bytes before the next metadata
}

// NewICYReader returns the audio of r, in which metadata follows every metaint
// bytes: a byte that tells its length in units of 16, then that many. metaint
// is the icy-metaint header of the response; with 0 or less r is returned.
func NewICYReader(r io.Reader, metaint int) io.Reader {
	if metaint <= 0 {
		return r
	}
	return &icyReader{src: r, metaint: metaint, left: metaint}
}

func (r *icyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.left == 0 {
		if err := r.skip(); err != nil {
			return 0, err
		}
		r.left = r.metaint
	}
	n, err := r.src.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// skip reads one piece of metadata.
func (r *icyReader) skip() error {
	var length [1]byte
	if _, err := io.ReadFull(r.src, length[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, r.src, 16*int64(length[0]))
	return err
}
