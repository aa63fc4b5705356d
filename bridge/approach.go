package bridge

import "partyline/media/near"

// The memory that a tick goes through is asked for ahead, while system calls are
// made for those before: first what a pointer at hand leads to, then, once that
// can be read, what its pointers lead to. These are the steps, in how many
// conferences or parties ahead they are taken.
const (
	fetchConference = 4
	fetchMixer      = 3
	fetchFirst      = 2 // its first parties
	fetchFirstLeg   = 1

	fetchParty = 4
	fetchLeg   = 2
	fetchMore  = 1
)

// approach asks for the memory of the conferences behind number i.
func (k *clock) approach(i int) {
	if i+fetchConference < len(k.conferences) {
		c := k.conferences[i+fetchConference]
		near.Span(&c.mixer, &c.ended)
	}
	if i+fetchMixer < len(k.conferences) {
		c := k.conferences[i+fetchMixer]
		near.Fetch(c.mixer, 4*near.Line)
		if len(c.parties) > 0 {
			near.Fetch(&c.parties[0], near.Line)
		}
	}
	if i+fetchFirst < len(k.conferences) {
		for _, p := range k.conferences[i+fetchFirst].first(fetchParty) {
			near.Fetch(p, 2*near.Line)
		}
	}
	if i+fetchFirstLeg < len(k.conferences) {
		for _, p := range k.conferences[i+fetchFirstLeg].first(fetchLeg) {
			p.leg.ApproachFar()
			near.Fetch(p.voice, 2*near.Line)
		}
	}
}

// first is c's first n parties, or as many as there are.
func (c *conference) first(n int) []*party { return c.parties[:min(n, len(c.parties))] }

// approach asks for the memory that the parties behind number i need for their
// sockets to be asked, and number i to take in what comes.
func (pc *piece) approach(i int) {
	if i+fetchParty < len(pc.parties) {
		near.Fetch(pc.parties[i+fetchParty], 2*near.Line)
	}
	if i+fetchLeg < len(pc.parties) {
		pc.parties[i+fetchLeg].leg.ApproachFar()
	}
	if i+fetchMore < len(pc.parties) {
		p := pc.parties[i+fetchMore]
		p.leg.ApproachSocket()
		near.Fetch(p.voice, 2*near.Line)
	}
}

// approachSending asks for the memory that the parties behind number i need to
// send. What they have received is not that long ago, except in a crowd.
func (pc *piece) approachSending(i int) {
	if i+fetchParty < len(pc.parties) {
		near.Fetch(pc.parties[i+fetchParty], 2*near.Line)
	}
	if i+fetchLeg < len(pc.parties) {
		p := pc.parties[i+fetchLeg]
		p.leg.ApproachSendingFar()
		near.Fetch(p.voice, near.Line)
		if p.encoder != nil {
			near.Fetch(p.encoder, 2*near.Line)
		}
	}
	if i+fetchMore < len(pc.parties) {
		pc.parties[i+fetchMore].leg.ApproachSendingNear()
	}
}
