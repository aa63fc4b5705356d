package quality

import (
	"regexp"
	"runtime"
	"slices"
	"sync"
)

// Cases are all there are, or those whose ID matches only.
func Cases(only *regexp.Regexp) []Case {
	all := slices.Concat(orderCases(), packetCases(), lossCases(), jitterCases(),
		driftCases(), digitCases(), sourceCases(), mixCases(), latencyCases())
	slices.SortStableFunc(all, func(a, b Case) int {
		switch {
		case a.ID[0] == b.ID[0] && a.ID < b.ID, a.ID[0] > b.ID[0]:
			return -1
		case a.ID == b.ID:
			return 0
		}
		return 1
	})
	if only == nil {
		return all
	}
	return slices.DeleteFunc(all, func(c Case) bool { return !only.MatchString(c.ID) })
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
