// Package load makes calls to a SIP bridge on this machine, as many as it is
// told, and measures what comes back: which packets, when, and what is in them.
//
// One goroutine speaks for all callers. It works through them in slots of 2 ms,
// ten to a tick, so that packets leave spread over the 20 ms as those of real
// phones do. A second goroutine reads SIP. There is none per call, because what
// the generator costs is taken from what the bridge can have on the same
// machine.
package load
