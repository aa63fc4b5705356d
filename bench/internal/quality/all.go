package quality

import (
	"cmp"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Cases are all there are, or those whose ID matches only.
func Cases(only *regexp.Regexp) []Case {
	all := slices.Concat(orderCases(), packetCases(), lossCases(), jitterCases(),
		driftCases(), digitCases(), sourceCases(), secureCases(), wideCases(), mixCases(), latencyCases(), faultCases())
	slices.SortStableFunc(all, func(a, b Case) int { return cmp.Compare(a.place(), b.place()) })
	if only == nil {
		return all
	}
	return slices.DeleteFunc(all, func(c Case) bool { return !only.MatchString(c.ID) })
}

// place is where a case stands in the table: R, then M, then Q, by number.
func (c Case) place() string {
	return fmt.Sprint(strings.IndexByte("RMQ", c.ID[0])) + c.ID[1:]
}

// Run judges the cases on all processors and gives each row to done, in order.
// Finished is called from any goroutine whenever a case is through, with how
// many are.
func Run(cases []Case, done func(Row), finished func(n int, last Row)) {
	rows := make([]chan Row, len(cases))
	for i := range rows {
		rows[i] = make(chan Row, 1)
	}
	var mu sync.Mutex
	next, through := 0, 0
	take := func() (i int) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for i := take(); i < len(cases); i = take() {
				row := cases[i].Judge()
				mu.Lock()
				through++
				finished(through, row)
				mu.Unlock()
				rows[i] <- row
			}
		}()
	}
	for _, r := range rows {
		done(<-r)
	}
}
