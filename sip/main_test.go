package sip

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
)

// TestMain has package net read the resolver's configuration before any bubble
// of virtual time does: what is first made in one can't be used in another.
func TestMain(m *testing.M) {
	r := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network")
	}}
	_, _ = r.LookupHost(context.Background(), "phone.invalid")
	os.Exit(m.Run())
}
