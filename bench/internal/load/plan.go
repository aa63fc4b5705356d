package load

// role is what a caller does besides.
type role uint8

const (
	plain role = iota
	coach
	coached
	announced
	held
	muted
	numRoles
)

const (
	// maxEars bounds the plain callers whose audio is examined.
	maxEars = 64
	// maxRoleEars bounds those of each other role.
	maxRoleEars = 8
)

// plan says who does what. Caller i is in seat i/M of conference i mod M, and
// the first seats talk.
type plan struct {
	roles     []role
	ears      []bool // whose audio is examined
	updatable []int  // those who may be updated: nobody is sure what they hear
}

// newPlan gives out the roles from the last caller to the first.
func newPlan(c *Config) *plan {
	p := &plan{roles: make([]role, c.Calls), ears: make([]bool, c.Calls)}
	for i := range c.Coaches {
		p.roles[c.Calls-1-i] = coach
		p.roles[c.coachee(c.Calls-1-i)] = coached
	}
	next := c.Calls - 2*c.coachBlock()
	for _, take := range []struct {
		role role
		n    int
	}{{announced, c.Announcements}, {held, c.Held}, {muted, c.Muted}} {
		for range take.n {
			next--
			p.roles[next] = take.role
		}
	}
	p.lend(c)
	for i := c.talking(); i < c.Calls; i++ {
		if p.roles[i] == plain && !p.ears[i] {
			p.updatable = append(p.updatable, i)
		}
	}
	return p
}

// coachBlock is the number of callers that are set aside for coaches, and again
// for those they coach: whole rows of seats, so that a coach and the caller so
// many before it are in one conference.
func (c *Config) coachBlock() int {
	if c.Coaches == 0 {
		return 0
	}
	return (c.Coaches + c.Conferences - 1) / c.Conferences * c.Conferences
}

// coachee is whom a coach coaches.
func (c *Config) coachee(coach int) int { return coach - c.coachBlock() }

// lend gives ears to plain callers, spread over all, and to some of each other
// role. Where callers are updated, every second who could be is left to that.
func (p *plan) lend(c *Config) {
	if c.Talkers == 0 {
		return
	}
	var lent [numRoles]int
	every := max(1, c.Calls/maxEars)
	for i, r := range p.roles {
		if r == plain && c.Updates > 0 && i >= c.talking() && i%2 == 1 {
			continue
		}
		if r == plain && i%every == 0 && lent[r] < maxEars || r != plain && lent[r] < maxRoleEars {
			p.ears[i] = true
			lent[r]++
		}
	}
}

// voice is the tone a caller speaks with, 0 for noise.
func (p *plan) voice(c *Config, i int) int {
	switch {
	case i < c.talking():
		return toneOf(i%c.Conferences, i/c.Conferences)
	case p.roles[i] == coach:
		return coachHz
	case p.roles[i] == held || p.roles[i] == muted:
		return unheardHz
	}
	return 0
}

// hears lists the tones that caller i must hear, and those about which nothing
// is said. It must not hear any other.
func (p *plan) hears(c *Config, i int) (must, may []int) {
	var talk []int
	for seat := range min(c.Talkers, maxTones) {
		if k := seat*c.Conferences + i%c.Conferences; k < c.Calls && k != i {
			talk = append(talk, toneOf(i%c.Conferences, seat))
		}
	}
	switch p.roles[i] {
	case held:
		return []int{holdHz}, nil
	case announced: // the conference is turned down meanwhile
		return []int{announceHz}, talk
	case coached:
		return append(talk, coachHz), nil
	}
	return talk, nil
}

// tones are all that somebody may say.
func (c *Config) tones() []int {
	all := []int{coachHz, unheardHz, holdHz, announceHz}
	for conference := range min(toneSets, c.Conferences) {
		for talker := range min(c.Talkers, maxTones) {
			all = append(all, toneOf(conference, talker))
		}
	}
	return all
}
