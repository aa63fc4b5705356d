package bridge

import "partyline/bridge/prompt"

// announcements is the bounded queue of one target, a participant or a whole
// conference. They are played one after another and never overlap. Tick only.
type announcements struct {
	queue []*playback
}

func (a *announcements) full() bool { return len(a.queue) >= maxAnnouncements }

func (a *announcements) add(pb *playback) { a.queue = append(a.queue, pb) }

// pull returns the announcement that is playing and its next frame, or nil when
// none sounds: the queue is empty, or its head is still being fetched. Ends and
// failures become events of p, or of the whole conference when p is nil.
func (a *announcements) pull(c *conference, p *party) (*playback, []int16) {
	for len(a.queue) > 0 {
		head := a.queue[0]
		switch frame, state := head.read(); state {
		case prompt.Playing:
			return head, frame
		case prompt.Starting:
			return nil, nil
		}
		e := Event{Type: EventAnnouncementEnd, URL: head.request.URL}
		if err := head.err(); err != nil {
			e.Type, e.Reason = EventAnnouncementFail, err.Error()
		}
		c.emit(e, p)
		head.stop()
		a.queue[0] = nil
		a.queue = append(a.queue[:0], a.queue[1:]...)
	}
	return nil, nil
}

// setRate says at which rate frames are pulled from now on.
func (a *announcements) setRate(rate int) {
	for _, pb := range a.queue {
		pb.setRate(rate)
	}
}

// stop ends everything that plays or waits.
func (a *announcements) stop() {
	for i, pb := range a.queue {
		pb.stop()
		a.queue[i] = nil
	}
	a.queue = a.queue[:0]
}
