package misbehave

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

//go:embed testdata/cbr128.mp3
var cbr []byte

//go:embed testdata/vbr.mp3
var vbr []byte

//go:embed testdata/broadcast.mp3
var broadcast []byte

//go:embed testdata/mpeg25.mp3
var mpeg25 []byte

// Second is one second of the tone as a plain WAV file at 8 kHz.
var Second = WAV(Formats[1], 8000, 1, 8000)

// audio serves good and bad audio files: F01 to F05, F11, F12.
func (s *Server) audio() {
	s.file("/f01/cbr.mp3", "audio/mpeg", cbr)
	s.file("/f01/vbr.mp3", "audio/mpeg", vbr)
	s.made("/f01/cover.mp3", "audio/mpeg", func() []byte { return append(id3(1<<20), cbr...) })
	s.file("/f02/truncated.mp3", "audio/mpeg", cbr[:len(cbr)*2/3+5])
	s.made("/f02/garbage.mp3", "audio/mpeg", garbled)
	s.made("/f02/noise.mp3", "audio/mpeg", func() []byte { return append([]byte("ID3"), bytes.Repeat([]byte("no audio at all "), 40000)...) })
	s.file("/f02/mpeg25.mp3", "audio/mpeg", mpeg25)
	for _, f := range append([]Format{Foreign}, Formats...) {
		s.handle("/f03/"+f.Name+".wav", func(w http.ResponseWriter, r *http.Request) {
			rate, channels := number(r, "rate", 8000), number(r, "channels", 1)
			give(w, "audio/wav", WAV(f, rate, channels, rate/2))
		})
	}
	s.headers()
	s.types()
	s.sizes()
}

// headers serves WAV files with odd headers: F04.
func (s *Server) headers() {
	list, odd := chunk("LIST", []byte("INFOISFT\x05\x00\x00\x00Lavf\x00\x00")), chunk("junk", []byte("odd"))
	format, data := Second[12:36], Second[36:]
	s.file("/f04/zero.wav", "audio/wav", resize(bytes.Clone(Second), 0))
	s.file("/f04/huge.wav", "audio/wav", resize(bytes.Clone(Second), 0xFFFFFFFF))
	s.file("/f04/odd.wav", "audio/wav", riff(odd, format, odd, data, odd))
	s.file("/f04/list.wav", "audio/wav", riff(list, format, list, data))
	s.file("/f04/nofmt.wav", "audio/wav", riff(list, data))
}

// types serves good content under wrong names: F05.
func (s *Server) types() {
	s.file("/f05/mp3-octets", "application/octet-stream", broadcast)
	s.file("/f05/mp3-html", "text/html", cbr)
	s.file("/f05/mp3-midframe", "audio/mpeg", broadcast[37:])
	s.file("/f05/wav-text", "text/plain", Second)
	s.file("/f05/wav-mpeg", "audio/mpeg", Second)
	s.file("/f05/wav-none", "", Second)
	s.file("/f05/doc-octets", "application/octet-stream", []byte("\xEF\xBB\xBF\n<?xml version=\"1.0\"?><Response><Play>/second.wav</Play></Response>"))
	s.file("/f05/doc-mpeg", "audio/mpeg", []byte("<Response><Play>/second.wav</Play></Response>"))
	s.file("/f05/picture", "audio/mpeg", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"))
	s.file("/second.wav", "audio/wav", Second)
	s.handle("/minutes.wav", func(w http.ResponseWriter, r *http.Request) {
		n := number(r, "n", 2)
		w.Header().Set("Content-Length", strconv.Itoa(44+len(Second[44:])*60*n))
		_, _ = w.Write(resize(bytes.Clone(Second), uint32(len(Second[44:])*60*n))[:44])
		for range 60 * n {
			_, _ = w.Write(Second[44:])
		}
	})
}

// sizes serves bodies that are too large: F11, F12.
func (s *Server) sizes() {
	endless := func(w http.ResponseWriter, r *http.Request, each []byte) {
		for r.Context().Err() == nil {
			if _, err := w.Write(each); err != nil {
				return
			}
		}
	}
	s.handle("/f11/length.wav", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(10<<30))
		_, _ = w.Write(resize(bytes.Clone(Second), 0xFFFFFFFF))
		endless(w, r, Second[44:])
	})
	s.handle("/f11/chunked.wav", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(resize(bytes.Clone(Second), 0xFFFFFFFF))
		endless(w, r, Second[44:])
	})
	s.handle("/f11/document", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<Response><Pause/>")
		endless(w, r, bytes.Repeat([]byte(" "), 4096))
	})
	s.bombs()
}

// garbled returns an MP3 with garbage between its frames.
func garbled() []byte {
	var b []byte
	for i := 0; i < len(cbr); i += 4000 {
		b = append(b, cbr[i:min(i+4000, len(cbr))]...)
		b = append(b, "<garbage that is no frame at all>"...)
	}
	return b
}

// id3 returns an ID3v2 tag with a picture of n bytes.
func id3(n int) []byte {
	frame := append([]byte(fmt.Sprintf("APIC%c%c%c%c\x00\x00", n>>24, n>>16&255, n>>8&255, n&255)), make([]byte, n)...)
	size := len(frame)
	head := []byte{'I', 'D', '3', 3, 0, 0, byte(size >> 21 & 127), byte(size >> 14 & 127), byte(size >> 7 & 127), byte(size & 127)}
	return append(head, frame...)
}

// number returns a number of the query.
func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
		return n
	}
	return otherwise
}
