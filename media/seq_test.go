package media_test

import (
	"testing"

	"pgregory.net/rapid"

	"partyline/media"
)

func TestSeq_Distances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := media.Seq(rapid.Uint16().Draw(t, "s"))
		d := rapid.IntRange(-32768, 32767).Draw(t, "d")
		if got := s.Add(d).Sub(s); got != d {
			t.Fatalf("%d + %d is %d away", s, d, got)
		}
		ts := media.Timestamp(rapid.Uint32().Draw(t, "ts"))
		e := int(rapid.Int32().Draw(t, "e"))
		if got := ts.Add(e).Sub(ts); got != e {
			t.Fatalf("%d + %d is %d away", ts, e, got)
		}
	})
}
