package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Account is one tenant: it owns conferences and sees no one else's.
type Account struct {
	SID   string // as it stands in paths
	Token string // Bearer token, and Basic password with SID as user
}

// String hides the token, so that an account may be logged.
func (a Account) String() string { return a.SID + ":[redacted]" }

// GoString hides the token from %#v.
func (a Account) GoString() string { return "api.Account{" + a.String() + "}" }

// challenges are the WWW-Authenticate values of a 401.
var challenges = []string{`Bearer realm="partyline"`, `Basic realm="partyline", charset="UTF-8"`}

// credential is an account as authenticate compares it. Digests have one
// length, so comparing them takes the same time whatever the secret.
type credential struct {
	sid         string
	sidDigest   [sha256.Size]byte
	tokenDigest [sha256.Size]byte
	limit       *limit
}

// credentials prepares accounts, leaving out those that would let an empty
// token in.
func credentials(accounts []Account, perSecond int) []*credential {
	var all []*credential
	for _, a := range accounts {
		if a.SID == "" || a.Token == "" {
			continue
		}
		all = append(all, &credential{
			sid:         a.SID,
			sidDigest:   sha256.Sum256([]byte(a.SID)),
			tokenDigest: sha256.Sum256([]byte(a.Token)),
			limit:       newLimit(perSecond),
		})
	}
	return all
}

// authenticate returns the account a request's credentials belong to: by a
// Bearer token alone, or by a Basic user that is the account's id with the
// token as password. It compares with every account, so that the time taken
// tells nothing about which of them came close. Wrong credentials may take
// guessDelay, none at all are refused at once.
func (s *server) authenticate(r *http.Request) (*credential, error) {
	token, user, ok := presented(r)
	if !ok {
		return nil, unauthenticatedProblem()
	}
	tokenDigest := sha256.Sum256([]byte(token))
	userDigest := sha256.Sum256([]byte(user))
	var found *credential
	for _, c := range s.accounts {
		same := subtle.ConstantTimeCompare(tokenDigest[:], c.tokenDigest[:])
		if user != "" {
			same &= subtle.ConstantTimeCompare(userDigest[:], c.sidDigest[:])
		}
		if same == 1 {
			found = c
		}
	}
	if found == nil {
		s.guesses.wait(r.Context())
		return nil, unauthenticatedProblem()
	}
	return found, nil
}

// presented reads the credentials of a request. The user is empty for a
// Bearer token and never empty for Basic.
func presented(r *http.Request) (token, user string, ok bool) {
	if len(r.Header.Values("Authorization")) != 1 {
		return "", "", false
	}
	if user, token, ok = r.BasicAuth(); ok {
		return token, user, user != ""
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, "", strings.EqualFold(scheme, "Bearer") && token != ""
}
