// Package prompt turns the URL behind a hold, announcement or waiting prompt
// into PCM that a conference's tick can read.
//
//	             off the tick                             on the tick
//	URL ──► fetch ──► sniff ─┬─► TeXML ──► player ──► segments ─┐
//	          ▲              └─► decode ──► track ───► chunks ──┴─► Source.ReadFrame
//	          └───────────────────────────────┘
//
// A [Library] fetches, decodes and caches for the whole process. A [Source] is
// one listener's way through one prompt. Everything a server can do wrong ends
// in an [Event] and, for hold and waiting prompts, in the built-in music; the
// tick sees nothing of it but samples.
//
// # What is played
//
// A URL gives an MP3, a WAV or a TeXML document, decided by its content; the
// Content-Type only breaks ties. A bare audio file loops without a gap or a
// seam, whatever its rate, for [Hold] and [Wait], and plays once for [Announce].
// A document may hold Play, Say, Pause and Redirect; it runs once and is
// followed by silence, or by the end of an announcement, unless it redirects to
// itself.
//
// MP3 at 8 kHz (11.025 kHz and more are played), MPEG layers 1 and 2, AAC, Ogg,
// FLAC, and WAV files of Microsoft ADPCM or GSM are refused: an [Event] of kind
// [UnsupportedAudio] names them.
//
// # Requests
//
// POST carries [Request.Params] as a form, GET as a query, without touching
// fields the URL has already. A URL whose path ends in an audio suffix (.mp3,
// .wav, ...), and every URL of a Play, is requested exactly as written, so that
// signed URLs keep working and all listeners share one copy. A POST
// answered by 405 or 501 is tried again as a GET. One that is redirected by 301,
// 302 or 303 goes on as a GET without fields, by 307 or 308 as it is.
//
// # Caching
//
// A finite file of up to ten minutes is fetched and decoded once per account,
// method and URL, and shared by all who listen. A new listener gets the cached
// copy while it is fresh (Cache-Control max-age; one minute when the server
// does not say), later after a conditional request. Whoever listens already
// keeps the copy it began with for all its loops. Longer files are fetched anew
// for every loop; broadcasts (no Content-Length, or Icecast headers) are not
// kept either: their listeners share one connection, and a new one joins where
// the others are. All that is kept together is at most 128 MiB. Documents are
// never cached, and cookies are never kept.
//
// # Failures
//
// A hold or waiting prompt that has nothing to play is silent for 3 s, then the
// built-in music plays until there is audio again; when the failure is certain
// the music plays at once. Failures that may pass (time-outs, broken
// connections, 429, 5xx) are tried again after 2, 4, ... 60 s, ten times. An
// announcement ends with an error instead, after 12 s of silence at most. A
// verb that fails is left out and the document goes on. One failure makes one
// event, however often it happens in a row.
//
// # Limits
//
// Only http and https, no user information in the URL, at most five redirects,
// none from https to http, their schemes and addresses checked like the first
// one's. Addresses are checked when connecting, after the name look-up:
// loopback, private, link-local and other special networks are refused unless
// [Options.Allow] lists them; so are ports of well-known services that are not
// HTTP. Connecting may take 5 s, the first byte 10 s, a document 15 s and
// 64 KiB; audio that stops for 15 s is given up. Redirects between documents
// are at least a second apart, and end after 100 with nothing to hear. There
// are at most 256 requests at a time, 128 for one account and 16 to one host,
// until their answers turn out to be audio.
//
// A source that is not read, while others read the same broadcast, holds on to
// what they have played since: 16 kB per second at 8 kHz.
package prompt
