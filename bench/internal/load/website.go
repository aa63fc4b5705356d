package load

import (
	"bytes"
	"fmt"
	"net"
	"net/http"

	"partyline/media/wav"
)

// website serves the audio that HoldUrl and AnnounceUrl point to, on loopback.
type website struct {
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

// promptRate is the sampling rate of prompts, in Hz.
const promptRate = 8000

func openWebsite() (*website, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("load: web server for prompts: %w", err)
	}
	mux := http.NewServeMux()
	for name, hz := range map[string]int{"hold.wav": holdHz, "announce.wav": announceHz} {
		mux.HandleFunc("/"+name, serve("audio/wav", toneFile(hz)))
	}
	mux.HandleFunc("/announce.xml", serve("text/xml", []byte(`<?xml version="1.0"?><Response><Play loop="0">announce.wav</Play></Response>`)))
	w := &website{listener: l, server: &http.Server{Handler: mux}, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		_ = w.server.Serve(l)
	}()
	return w, nil
}

// url is where a file is.
func (w *website) url(file string) string { return "http://" + w.listener.Addr().String() + "/" + file }

func (w *website) close() {
	w.server.Close()
	<-w.done
}

// serve serves a file that need not be asked for again.
func serve(contentType string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(data)
	}
}

// toneFile is a WAV file of a second of a tone: of whole hertz, so it loops
// without a seam.
func toneFile(hz int) []byte {
	pcm := make([]int16, promptRate)
	fillSine(pcm, hz, talkLevel, promptRate)
	var b bytes.Buffer
	if err := wav.Encode(&b, promptRate, pcm); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
