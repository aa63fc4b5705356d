package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"

	"partyline/api"
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
	if sid == "" || token == "" {
		return errors.New("not SID:TOKEN; one of the two is empty")
	}
	*a = Account{sid, token}
	return nil
}

// apiAccounts converts accounts to those of package api.
func apiAccounts(accounts []Account) []api.Account {
	all := make([]api.Account, len(accounts))
	for i, a := range accounts {
		all[i] = api.Account(a)
	}
	return all
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
