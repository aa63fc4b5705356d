package mixer

// route is what a State means: where the voice goes and what the ear takes in.
type route struct {
	speaks  bool   // to the conference
	whisper *Party // the only one who hears it, nil for nobody
	ear     ear
}

// part is what a party does tick after tick while its State stays as it is and
// nothing depends on another's. It says what is to be done without a look at the routes.
type part uint8

const (
	special  part = iota // anything: its routes say what
	talker               // speaks to the conference and hears it
	listener             // hears the conference and is heard by nobody
	apart                // hears nothing but its prompt and announcements, and is heard by nobody
)

// partOf is the part p goes on to play when its State does not change.
func partOf(p *Party) part {
	r := &p.now
	switch {
	case p.State.Coaching && p.State.Coachee != nil:
		return special // its coachee may come and go
	case r.ear == openEar && r.speaks:
		return talker
	case r.speaks || r.whisper != nil:
		return special
	case r.ear == openEar:
		return listener
	case r.ear.prompt && r.ear.voices == 0 && !r.ear.beep:
		return apart
	}
	return special
}

// ear says what a party hears. The zero ear is closed.
type ear struct {
	voices   gain // of the conference and of coaches
	announce bool // conference announcements
	beep     bool
	prompt   bool // private audio
	yields   bool // the prompt gives way to a conference announcement
}

// The ears there are.
var (
	openEar      = ear{voices: unity, announce: true, beep: true}
	announcedEar = ear{voices: duck, announce: true, beep: true, prompt: true}
	aloneEar     = ear{announce: true, beep: true, prompt: true}
	heldEar      = ear{prompt: true}
	waitingEar   = ear{prompt: true, announce: true, yields: true}
)

// routeOf decides by the states of p and of its coachee alone.
func routeOf(p *Party) route {
	r := route{ear: earOf(&p.State)}
	s := &p.State
	switch {
	case p.absent() || s.Muted:
	case s.Coaching:
		r.whisper = coacheeOf(p)
	default:
		r.speaks = true
	}
	if p.mixer == nil || s.Deaf {
		r.ear = ear{}
	}
	return r
}

// earOf is what a party with state s hears.
func earOf(s *State) ear {
	switch {
	case s.Leaving:
		return ear{}
	case s.Held:
		return heldEar
	case s.Waiting:
		e := waitingEar
		e.yields = !s.Announced
		return e
	case s.Announced && s.Alone:
		return aloneEar
	case s.Announced:
		return announcedEar
	}
	return openEar
}

// absent reports whether p takes no part in the conference.
func (p *Party) absent() bool {
	return p.mixer == nil || p.State.Leaving || p.State.Waiting || p.State.Held
}

// coacheeOf returns who hears the coach p, nil when nobody may.
func coacheeOf(p *Party) *Party {
	c := p.State.Coachee
	if c == nil || c == p || c.mixer != p.mixer || c.absent() {
		return nil
	}
	return c
}

// reaches reports whether a voice on route r is heard by an open ear of q.
func (r *route) reaches(q *Party) bool { return r.speaks || r.whisper == q }
