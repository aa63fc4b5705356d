package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Account is one tenant of the control API: it sees only its own conferences.
type Account struct {
	SID   string `yaml:"sid" json:"sid"`
	Token string `yaml:"token" json:"token"`
}

// UnmarshalText reads SID:TOKEN. Errors never repeat the token.
func (a *Account) UnmarshalText(text []byte) error {
	sid, token, ok := strings.Cut(string(text), ":")
	if !ok {
		return errors.New("not SID:TOKEN; write the account id, a colon and its token")
	}
	*a = Account{sid, token}
	return a.check()
}

func (a Account) check() error {
	if a.SID == "" || strings.ContainsAny(a.SID, "/?#:% ") {
		return fmt.Errorf("sid %q cannot stand in a URL; write letters and digits, for example AC and 32 hex digits", a.SID)
	}
	if a.Token == "" {
		return fmt.Errorf("%s has no token; write one that is hard to guess", a.SID)
	}
	return nil
}

// NewAccount makes up an account: AC and 32 hex digits, and a token of 128
// random bits.
func NewAccount() Account {
	return Account{SID: "AC" + randomHex(), Token: randomHex()}
}

func randomHex() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return hex.EncodeToString(b[:])
}
