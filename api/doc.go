// Package api is the HTTP control API: it lists, updates and removes the
// conferences and participants of a bridge while the phones talk.
//
// It speaks two dialects over one set of handlers. Under /texml/Accounts and
// /v2/texml/Accounts it answers in the shape of Telnyx TeXML, under
// /2010-04-01/Accounts in the shape of Twilio. Either takes form or JSON
// bodies, Bearer or Basic credentials, and paths with or without ".json". The
// two differ only in their error bodies, their links, their default page size
// and the few words the vendors spell differently.
//
// Rules that hold everywhere:
//
//   - Parameter names are case-insensitive: HoldURL, HoldUrl and holdurl are
//     one. Of a repeated parameter the last value counts. Unknown parameters
//     are ignored, and so is the query of a POST.
//   - An absent parameter leaves things as they are; an empty one does not
//     count as absent. WaitUrl= and HoldUrl= mean silence.
//   - Booleans are true and false in any case. Anything else is refused with
//     400, except Muted under the Twilio prefix, where every other value means
//     false, as Twilio documents.
//   - A URL is absolute, http or https, at most 2000 characters long and free
//     of control characters and credentials. Telnyx clients get 422 for
//     another, Twilio clients 400.
//   - A request is checked whole before the bridge sees any of it. The bridge
//     applies it in one tick or not at all.
//   - An update with an Idempotency-Key header or a command_id parameter takes
//     effect once, however often it is sent within ten minutes.
//   - Another account's resources do not exist: 404, as for a name nobody has.
//   - No answer is ever 409, which client libraries repeat.
//
// README.md describes what the vendors do not have: JitterBufferSize and
// SendDigits in a participant update, and the numbers of a participant's audio.
//
// The package holds no state of conferences. Every read renders the bridge's
// current view, every update is one call of the bridge. All of it is safe for
// concurrent use.
//
// Not there yet: dialling out, recordings and calls. Their paths answer 404.
package api
