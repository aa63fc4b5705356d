// Command bench measures Partyline as a whole.
//
//	go run ./bench quality
//
// judges the audio path case by case, in virtual time on a simulated network:
// what was sent, what was heard, and whether that is good enough.
//
//	go run ./bench floor
//	go run ./bench load
//	go run ./bench report
//
// measure processes on this machine. The floor is the least that any program
// must do for a leg: receive one packet and send one per tick, on sockets of its
// own, with nothing in between. Load calls a bridge from many phones. Report
// measures the bridge in many shapes between two floors each and writes
// RESULTS.md, results.json and the pictures; what it quotes are ratios to the
// floor. Each has -h.
//
//	go test -bench . ./bench ./bridge ./mixer ./media
//
// runs the benchmarks of the parts: mixer, codecs, jitter buffer, resampling,
// ticks without a kernel, and here BenchmarkTick, ticks on real sockets. A
// metric named ns/leg or ns/participant is a tick's time divided by how many
// there were in it. To compare two commits let benchstat (installed by
// go install golang.org/x/perf/cmd/benchstat@latest) judge which differences are
// more than noise:
//
//	go test -run '^$' -bench . -count 10 ./mixer ./media ./bench >old.txt
//	git switch another-commit
//	go test -run '^$' -bench . -count 10 ./mixer ./media ./bench >new.txt
//	benchstat old.txt new.txt
//
// and to see how far the path of a packet is from the floor in one run:
//
//	benchstat -filter '.name:Tick .unit:ns/leg' -col /of new.txt
//
// The tests named TestGate hold what does not depend on the machine: that a tick
// allocates nothing, and what a leg takes in system calls, encodes and memory.
package main
