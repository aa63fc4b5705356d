package main

import "runtime/debug"

// gcPercent is how much the heap may grow between two garbage collections, in
// percent of what lives. The audio makes no garbage, calls that come make
// little, and half of what a thousand calls at Go's 100 would hold is nothing.
const gcPercent = 25

// tuneCollector applies gcPercent, unless the environment has GOGC: then the
// runtime has followed it. GOMEMLIMIT holds in any case.
func tuneCollector(lookup func(string) (string, bool)) {
	if _, ok := lookup("GOGC"); !ok {
		debug.SetGCPercent(gcPercent)
	}
}
