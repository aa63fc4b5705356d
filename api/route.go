package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// commandTimeout bounds how long a handler waits for the bridge, whose ticks
// are 20 ms apart.
const commandTimeout = 5 * time.Second

// exchange is one authenticated request on its way through a handler.
type exchange struct {
	target
	w http.ResponseWriter
	r *http.Request
}

// handler answers an exchange with a body for 200, with nil for 204, or with
// an error that is a *problem or comes from the bridge.
type handler func(*server, context.Context, *exchange) (any, error)

// routes says which methods each resource has.
var routes = map[resource]map[string]handler{
	conferenceList: {
		http.MethodGet: (*server).listConferences,
	},
	oneConference: {
		http.MethodGet:  (*server).fetchConference,
		http.MethodPost: (*server).updateConference,
	},
	participantList: {
		http.MethodGet:  (*server).listParticipants,
		http.MethodPost: (*server).dialParticipant,
	},
	oneParticipant: {
		http.MethodGet:    (*server).fetchParticipant,
		http.MethodPost:   (*server).updateParticipant,
		http.MethodDelete: (*server).removeParticipant,
	},
	participantMedia: {
		http.MethodGet: (*server).fetchMedia,
	},
}

// route finds the handler of a request and writes its answer. Who asks is
// settled first: a stranger learns nothing about which paths exist.
func (s *server) route(t *transcript, r *http.Request) {
	if s.serveHealth(t, r) {
		return
	}
	to, ok := parsePath(r.URL.EscapedPath())
	if !ok {
		s.refuse(t, notFoundProblem())
		return
	}
	t.dialect, t.resource = to.dialect, to.resource
	body, err := s.admitAndHandle(t, &exchange{target: to, w: t, r: r})
	if err != nil {
		s.refuse(t, s.problemOf(t, err))
		return
	}
	s.answer(t, body)
}

// admitAndHandle runs the handler of an exchange once its credentials, its
// origin, its rate and its method have passed.
func (s *server) admitAndHandle(t *transcript, x *exchange) (any, error) {
	account, err := s.authenticate(x.r)
	if err != nil {
		return nil, err
	}
	t.account = account.sid
	if err := s.origins.Check(x.r); err != nil {
		return nil, crossOriginProblem()
	}
	if err := account.limit.admit(t.Header(), time.Now()); err != nil {
		return nil, err
	}
	methods := routes[x.resource]
	if x.account != account.sid || methods == nil {
		return nil, notFoundProblem()
	}
	handle := methods[x.r.Method]
	if handle == nil {
		t.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(methods)), ", "))
		return nil, methodProblem()
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), commandTimeout)
	defer cancel()
	return handle(s, ctx, x)
}

// answer writes 200 with a JSON body, or 204 without one.
func (s *server) answer(t *transcript, body any) {
	if body == nil {
		t.WriteHeader(http.StatusNoContent)
		return
	}
	s.write(t, http.StatusOK, body)
}

// refuse writes a problem in the words of the dialect that was asked.
func (s *server) refuse(t *transcript, p *problem) {
	d := t.dialect
	if d == nil {
		d = telnyx
	}
	if p.retryAfter > 0 {
		t.Header().Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	s.write(t, d.status(p), d.body(p))
}

// write sends one JSON document. It is encoded in full first, so that an
// answer is whole or does not begin.
func (s *server) write(t *transcript, status int, body any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		panic(err) // a type of this package that has no JSON form
	}
	t.Header().Set("Content-Type", "application/json")
	t.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	t.WriteHeader(status)
	if _, err := t.Write(b.Bytes()); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		s.log.Debug("api: answer not delivered", "request", t.id, "error", err)
	}
}
