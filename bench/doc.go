// Command bench measures Partyline as a whole.
//
//	go run ./bench quality
//
// judges the audio path case by case, in virtual time on a simulated network:
// what was sent, what was heard, and whether that is good enough.
//
//	go test -bench . ./bench ./bridge ./mixer ./media
//
// runs the benchmarks: the ones here over real sockets on loopback, and those
// that the parts have beside their code. Floor is what any program must pay:
// one packet in and one packet out per leg and tick. Path is the same with
// everything that turns the one packet into the other: validation, jitter
// buffer, decoding, mixing, encoding. Quote Path as a ratio to Floor from the
// same run; absolute times belong to a machine.
package main
