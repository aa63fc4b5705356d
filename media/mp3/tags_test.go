package mp3

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// id3v2 is a tag whose content is size bytes that look like frames.
func id3v2(size int) []byte {
	tag := []byte{'I', 'D', '3', 4, 0, 0, byte(size >> 21 & 127), byte(size >> 14 & 127), byte(size >> 7 & 127), byte(size & 127)}
	return append(tag, bytes.Repeat([]byte{0xFF, 0xFB, 0x90, 0x64}, size/4)...)
}

// ape is an APEv2 tag with header and footer around size bytes.
func ape(size int) []byte {
	end := func(flags uint32) []byte {
		b := append([]byte("APETAGEX"), 0xD0, 7, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(size+32))
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, flags)
		return append(b, make([]byte, 8)...)
	}
	return slices.Concat(end(1<<31|1<<29), make([]byte, size), end(1<<31))
}

func TestF01_TagsAreSkipped(t *testing.T) {
	file := fixture(t, "cbr128_44k_stereo.mp3")
	want := decodeBytes(t, file)
	id3v1 := []byte("TAG" + strings.Repeat("\xFF\xFB\x90\x64x", 25))
	for name, tagged := range map[string][]byte{
		"1 MB cover":     slices.Concat(id3v2(1<<20), file),
		"two tags":       slices.Concat(id3v2(400), id3v2(4000), file),
		"APE in front":   slices.Concat(ape(5000), file),
		"APE and ID3v1":  slices.Concat(file, ape(5000), id3v1),
		"zeros in front": slices.Concat(make([]byte, 5000), file),
		"ID3v1, ID3v2":   slices.Concat(file, id3v1, id3v2(400)),
	} {
		if got := decodeBytes(t, tagged); !slices.Equal(got, want) {
			t.Errorf("%s: %d samples, want the same %d as without", name, len(got), len(want))
		}
	}
}

func TestF01_TagSizeIsNotBelieved(t *testing.T) {
	for _, bomb := range []string{
		"ID3\x04\x00\x00\xFF\xFF\xFF\xFF",
		"ID3\x04\x00\x00\x7F\x7F\x7F\x7F",
		"APETAGEX\xD0\x07\x00\x00\xFF\xFF\xFF\xFF\x01\x00\x00\x00\x00\x00\x00\xA0\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := NewReader(strings.NewReader(bomb))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrNotMP3) {
			t.Errorf("%q: got %v, want ErrNotMP3", bomb, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%q: %d bytes allocated", bomb, n)
		}
	}
}

func TestF02_EndlessTagsAreRefused(t *testing.T) {
	_, err := NewReader(&repeat{b: []byte("TAG" + strings.Repeat("x", 125))})
	if !errors.Is(err, ErrNotMP3) {
		t.Errorf("got %v, want ErrNotMP3", err)
	}
}
