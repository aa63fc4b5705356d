// Package load makes calls to a SIP bridge on this machine, as many as it is
// told, and measures what comes back: which packets, when, and what is in them.
// Some callers can be made to coach, to be on hold and the like; meanwhile calls
// can come and go and participants be updated.
//
//	churn ──► agent ◄──► trunks ◄──► SIP       pacer ◄──► wires ◄──► RTP
//	            └── a call is up: its caller ──►┘
//	updater ──► lines ◄──► control API         website ──► HoldUrl, AnnounceUrl
//
// One goroutine, the pacer, speaks for all callers. It works through them in
// slots of 1 ms, twenty to a tick, so that packets leave spread over the 20 ms as
// those of real phones do. There is no goroutine per call, because what the
// generator costs is taken from what the bridge can have on the same machine: a
// leg and tick cost it one recvmsg and one sendto, and little else.
//
// It runs on Linux only.
package load
