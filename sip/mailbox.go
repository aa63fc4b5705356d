package sip

import "sync"

// maxInbox bounds the requests that wait for a dialog.
const maxInbox = 32

// mailbox holds the events of a dialog in the order they came. Whoever adds the
// first one has it worked off on a goroutine, which goes when there are none
// left: a call that stands has no goroutine. Safe for concurrent use.
type mailbox struct {
	mu      sync.Mutex
	waiting []func()
	working bool // a goroutine takes them
	closed  bool // nobody ever will
}

// put adds an event, unless the mailbox is closed or limit events wait; 0 is no
// limit. With begin set it is for the caller to start the goroutine.
func (m *mailbox) put(event func(), limit int) (ok, begin bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || limit > 0 && len(m.waiting) >= limit {
		return false, false
	}
	m.waiting = append(m.waiting, event)
	begin = !m.working
	m.working = true
	return true, begin
}

// take removes the first event. It returns nil when there is none, and then
// the goroutine has to go.
func (m *mailbox) take() func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		m.waiting = nil // it may be long before the next one
		m.working = false
		return nil
	}
	event := m.waiting[0]
	m.waiting[0] = nil
	m.waiting = m.waiting[1:]
	return event
}

// close lets nothing in any more. What waits can still be taken.
func (m *mailbox) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
}

func (m *mailbox) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}
