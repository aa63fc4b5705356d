package api

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// CheckListen refuses to serve the API beyond this machine without an
// account, and with accounts that CheckAccounts finds fault with. A host name
// other than localhost counts as beyond.
func CheckListen(addr string, accounts []Account) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("api: listen address %q: %w", addr, err)
	}
	if len(accounts) == 0 && !isLoopback(host) {
		return fmt.Errorf("api: refusing to listen on %s without an account: "+
			"anyone who reaches it could listen in. Name one (--account SID:TOKEN) or listen on 127.0.0.1", addr)
	}
	return CheckAccounts(accounts)
}

// CheckMetrics refuses to serve the metrics beyond this machine without a
// token, and with one that does not fit into a header: they name every
// account's conferences. Errors begin with "api: listen" or "api: token".
func CheckMetrics(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	switch {
	case err != nil:
		return fmt.Errorf("api: listen: address %q: %w; write for example 127.0.0.1:9464", addr, err)
	case strings.ContainsFunc(token, notInToken):
		return errors.New("api: token: is not printable ASCII without spaces; write another")
	case token == "" && !isLoopback(host):
		return fmt.Errorf("api: listen: %s is reached from elsewhere; write a token too, or listen on 127.0.0.1", addr)
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// CheckAccounts finds accounts that could not be used or told apart: an empty
// or repeated id or token, an id that does not fit into a path or a Basic
// credential, a token that does not fit into a header. Errors never show a
// token.
func CheckAccounts(accounts []Account) error {
	sids, tokens := map[string]bool{}, map[string]bool{}
	for _, a := range accounts {
		switch {
		case a.SID == "":
			return errors.New("api: an account has no SID")
		case strings.ContainsFunc(a.SID, notInSID) || strings.Trim(a.SID, ".") == "":
			return fmt.Errorf("api: account SID %q must be letters, digits, '-', '_' and '.'", a.SID)
		case a.Token == "":
			return fmt.Errorf("api: account %s has no token", a.SID)
		case strings.ContainsFunc(a.Token, notInToken):
			return fmt.Errorf("api: the token of account %s must be printable ASCII without spaces", a.SID)
		case sids[a.SID]:
			return fmt.Errorf("api: account %s is there twice", a.SID)
		case tokens[a.Token]:
			return fmt.Errorf("api: account %s has the token of another account", a.SID)
		}
		sids[a.SID], tokens[a.Token] = true, true
	}
	return nil
}

// notInSID finds what would need escaping or confuse a path.
func notInSID(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && !(r >= '0' && r <= '9') && !strings.ContainsRune("-_.", r)
}

func notInToken(r rune) bool { return r <= ' ' || r > '~' }
