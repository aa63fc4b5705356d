package main

import (
	"context"
	"time"
)

// scrap is a piece of garbage: as long as what programs allocate most is short,
// and with a pointer, so that the collector has to look into it.
type scrap struct {
	next *scrap
	_    [scrapSize - 16]byte
}

const (
	// scrapSize is what a scrap takes: itself and what the allocator adds.
	scrapSize = 2048
	// litterStep is how often garbage is made.
	litterStep = 2 * time.Millisecond
	// hoard is how many scraps are reachable at a time: what is thrown away has
	// lived for a moment, and the collector has something to mark.
	hoard = 4096
)

// litter makes so many bytes of garbage per second until ctx is done.
func litter(ctx context.Context, perSecond int64) {
	if perSecond <= 0 {
		return
	}
	t := time.NewTicker(litterStep)
	defer t.Stop()
	var h heap
	began := time.Now()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		for want := scrapsBy(time.Since(began), perSecond); h.made < want; {
			h.add()
		}
	}
}

// heap holds the scraps that are reachable.
type heap struct {
	kept [hoard]*scrap
	made int
}

// add makes a scrap that points to the oldest one, and lets that one's go.
func (h *heap) add() {
	oldest := h.kept[(h.made+1)%hoard]
	if oldest != nil {
		oldest.next = nil
	}
	h.kept[h.made%hoard] = &scrap{next: oldest}
	h.made++
}

// scrapsBy is how many scraps must have been made after so long.
func scrapsBy(d time.Duration, perSecond int64) int {
	return int(d.Seconds() * float64(perSecond) / scrapSize)
}
