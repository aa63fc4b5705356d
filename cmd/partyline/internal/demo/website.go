package demo

import (
	"bytes"
	"fmt"
	"net/http"

	"partyline/media/wav"
	"partyline/mixer/tone"
)

// website is the web server that HoldUrl, AnnounceUrl and WaitUrl point to:
// WAV files with a tone each, and TeXML documents that play them.
func website() http.Handler {
	mux := http.NewServeMux()
	for name, seconds := range map[string]float64{"wait": 1, "hold": 1, "document": 1, "news": 1.1, "notice": 1} {
		mux.HandleFunc("/"+name+".wav", serveBytes("audio/wav", toneFile(hz(name), seconds)))
	}
	mux.HandleFunc("/hold.xml", serveBytes("text/xml", document("document.wav", 0)))
	mux.HandleFunc("POST /notice.xml", serveBytes("text/xml", document("notice.wav", 1)))
	return mux
}

func serveBytes(contentType string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(data)
	}
}

// document is TeXML that plays a file; loop 0 is for ever.
func document(file string, loop int) []byte {
	return fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<Response><Play loop=\"%d\">%s</Play></Response>\n", loop, file)
}

// toneFile is a WAV file with a tone that loops without a seam when seconds
// is whole.
func toneFile(hz int, seconds float64) []byte {
	samples := make([]int16, int(seconds*rate))
	(&tone.Sine{Rate: rate, Hz: hz, Level: promptLevel}).Fill(samples)
	var b bytes.Buffer
	if err := wav.Encode(&b, rate, samples); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
