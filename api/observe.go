package api

import (
	"net/http"
	"time"
)

// Answered is what an observer learns of a request. All of its texts are from
// short lists, whatever the client sent.
type Answered struct {
	Method   string // GET, HEAD, POST, DELETE or other
	Resource string // the kind of thing that was asked for, such as participant
	Status   int
	Took     time.Duration
}

// resourceNames are the kinds of things as observers know them.
var resourceNames = map[resource]string{
	conferenceList:   "conferences",
	oneConference:    "conference",
	participantList:  "participants",
	oneParticipant:   "participant",
	participantMedia: "media",
	probe:            "health",
}

// tell tells the observer of an answer.
func (s *server) tell(t *transcript, r *http.Request) {
	if s.observe == nil {
		return
	}
	a := Answered{Method: "other", Resource: "none", Status: t.status, Took: time.Since(t.start)}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete:
		a.Method = r.Method
	}
	if name := resourceNames[t.resource]; name != "" {
		a.Resource = name
	}
	s.observe(a)
}
