// Package bench measures Partyline as a whole, over real sockets on loopback.
// The parts have benchmarks of their own beside their code.
//
//	go test -bench . ./bench ./bridge ./mixer ./media
//
// Floor is what any program must pay: one packet in and one packet out per leg
// and tick. Path is the same with everything that turns the one packet into
// the other: validation, jitter buffer, decoding, mixing, encoding. Quote Path
// as a ratio to Floor from the same run; absolute times belong to a machine.
package bench
