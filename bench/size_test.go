package main

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{
		"0": 0, "17": 17, "17B": 17, "3KB": 3e3, "1GB": 1e9, "1gb": 1e9, "1GB/s": 1e9, "2.5 MB": 25e5, "500MB": 5e8,
	} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1", "1TB", "1e300", "NaN", "1 G", "many"} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "1GB") {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}

// As much garbage is made as was asked for, evenly.
func TestLitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		litter(ctx, 20e6)
		runtime.ReadMemStats(&after)
		if made := after.TotalAlloc - before.TotalAlloc; made < 19e6 || made > 22e6 {
			t.Errorf("%d bytes in a second", made)
		}
	})
	if got := scrapsBy(3*time.Second, 1000*scrapSize); got != 3000 {
		t.Errorf("%d scraps in three seconds", got)
	}
}

// Scraps become garbage: what can be reached does not grow.
func TestLitter_IsGarbage(t *testing.T) {
	var h heap
	for range 5 * hoard {
		h.add()
	}
	reached := map[*scrap]bool{}
	for _, s := range h.kept {
		for ; s != nil; s = s.next {
			reached[s] = true
		}
	}
	if len(reached) > 2*hoard {
		t.Errorf("%d scraps can be reached, of %d that are kept", len(reached), hoard)
	}
}
