package misbehave

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf16"
)

// documents serves TeXML: F18 to F22, F29, F30. The path /doc answers with the
// document in the parameter xml.
func (s *Server) documents() {
	s.handle("/doc", func(w http.ResponseWriter, r *http.Request) {
		give(w, "application/xml", []byte(r.URL.Query().Get("xml")))
	})
	doc := func(path, xml string) { s.file(path, "application/xml", []byte(xml)) }
	doc("/f18/dir/relative", `<Response><Play>../../second.wav</Play></Response>`)
	doc("/f18/endless", `<Response><Play loop="0">/second.wav</Play></Response>`)
	doc("/f18/many", `<Response><Play loop="1001">/second.wav</Play></Response>`)
	doc("/f18/two", `<Response><Play>/second.wav</Play><Play>/second.wav?2</Play></Response>`)
	doc("/f18/pause", `<Response><Play>/second.wav</Play><Pause length="2"/><Play>/second.wav</Play></Response>`)
	s.file("/f18/seamless.wav", "audio/wav", Seamless())
	doc("/f18/again", `<Response><Play>/second.wav</Play><Redirect/></Response>`)
	doc("/f18/forward", `<Response><Redirect method="GET">dir/relative</Redirect></Response>`)
	doc("/f19/xxe", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><Response><Say>&x;</Say></Response>`)
	doc("/f19/remote", `<!DOCTYPE r SYSTEM "/f19/dtd"><Response><Say>hello</Say></Response>`)
	doc("/f19/laughs", laughs())
	doc("/f19/entity", `<Response><Say>&lol;</Say></Response>`)
	doc("/f20/self", `<Response><Redirect/></Response>`)
	doc("/f20/ping", `<Response><Redirect>pong</Redirect></Response>`)
	doc("/f20/pong", `<Response><Redirect>ping</Redirect></Response>`)
	doc("/f21/deep", `<Response>`+strings.Repeat("<a>", 10000)+strings.Repeat("</a>", 10000)+`</Response>`)
	s.made("/f21/big", "application/xml", func() []byte { return []byte(`<Response>` + strings.Repeat(" ", 10<<20) + `</Response>`) })
	doc("/f21/utf8", "<Response><Say>\xFF\xFE</Say></Response>")
	doc("/f21/utf16", wide("<Response><Say>hello</Say></Response>"))
	doc("/f21/latin1", `<?xml version="1.0" encoding="ISO-8859-1"?><Response><Say>hello</Say></Response>`)
	doc("/f21/open", `<Response><Play>/second.wav</Play>`)
	doc("/f22/dial", `<Response><Dial>+15550100</Dial><Play>/second.wav</Play><Record/><Hangup/></Response>`)
	doc("/f30/say", `<Response><Say voice="woman" language="en-GB">Please hold the line.</Say></Response>`)
	doc("/f30/saythenplay", `<Response><Say>Please hold.</Say><Play>/second.wav</Play></Response>`)
	s.handle("/f29/form", func(w http.ResponseWriter, r *http.Request) {
		give(w, "text/xml", []byte(`<Response><Pause length="3"/></Response>`))
	})
	s.handle("/f19/dtd", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "") })
}

// laughs returns the document of a billion laughs.
func laughs() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">`)
	for i := range 9 {
		fmt.Fprintf(&b, `<!ENTITY lol%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&lol%d;", i), 10))
	}
	b.WriteString(`]><Response><Say>&lol9;</Say></Response>`)
	return b.String()
}

// wide returns s as UTF-16 with a byte order mark.
func wide(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}
