package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"partyline/bridge"
)

// Bridge is what the API asks of the bridge. Methods take the account first
// and answer bridge.ErrNotFound for what the account does not own. A
// conference is named by its id or friendly name, a participant by its call id
// or label.
type Bridge interface {
	Conferences(account string) []*bridge.ConferenceView
	Conference(account, conference string) (*bridge.ConferenceView, error)
	Participant(account, conference, participant string) (*bridge.ConferenceView, *bridge.ParticipantView, error)
	ParticipantMedia(ctx context.Context, account, conference, participant string) (bridge.MediaView, error)
	UpdateParticipant(ctx context.Context, account, conference, participant string, u bridge.ParticipantUpdate) (*bridge.ParticipantView, error)
	RemoveParticipant(ctx context.Context, account, conference, participant string) error
	UpdateConference(ctx context.Context, account, conference string, u bridge.ConferenceUpdate) (*bridge.ConferenceView, error)
	Draining() bool
}

var _ Bridge = (*bridge.Bridge)(nil)

// DefaultRateLimit is a rate no honest client reaches, in requests per second
// and account.
const DefaultRateLimit = 5000

// Options is what the API is made of.
type Options struct {
	Bridge   Bridge
	Accounts []Account // who may use it; nobody when empty
	// RateLimit is how many requests per second one account may make, with
	// bursts of as many. 0 means no limit.
	RateLimit int
	Log       *slog.Logger // nil: silent
	Version   string       // shown by /healthz
	// Observe is told of every answer, on the goroutine that gave it. Nil: nobody.
	Observe func(Answered)
}

// server is the API as an http.Handler. It is immutable after New, but for
// rate limits, guesses and repeats, which guard themselves.
type server struct {
	bridge   Bridge
	accounts []*credential
	log      *slog.Logger
	version  string
	observe  func(Answered)
	origins  *http.CrossOriginProtection
	guesses  guesses
	repeats  repeats
}

// New returns the API as a handler of every path of its listener. Accounts
// without an id or a token are never let in; CheckAccounts finds them.
func New(o Options) http.Handler {
	s := &server{
		bridge:   o.Bridge,
		accounts: credentials(o.Accounts, o.RateLimit),
		log:      o.Log,
		version:  o.Version,
		observe:  o.Observe,
		origins:  http.NewCrossOriginProtection(),
		guesses:  newGuesses(),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// ServeHTTP answers one request, and logs it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &transcript{ResponseWriter: w, id: newRequestID(), start: time.Now()}
	setCommonHeaders(w.Header(), t.id)
	defer s.finish(t, r)
	s.route(t, r)
}
