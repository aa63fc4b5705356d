package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"

	"partyline/api"
	"partyline/api/metrics"
	"partyline/bridge"
	"partyline/bridge/prompt"
	"partyline/media"
	"partyline/sip"
)

// hostCmd is a bridge in this program, with something else in its process: it
// is wired from the same parts as the real one, which can do nothing but be a
// bridge.
type hostCmd struct {
	SIP      string     `name:"sip" required:""`
	HTTP     string     `name:"http" required:""`
	RTP      netip.Addr `name:"rtp" required:""`
	Metrics  string     `required:""`
	Account  string     `required:""`
	Token    string     `required:""`
	LogLevel slog.Level `default:"warn"`
	Garbage  byteSize
}

// hostGCPercent is what partyline serve sets.
const hostGCPercent = 25

// Run serves until its input ends.
func (h *hostCmd) Run(w *writers) error {
	if _, ok := os.LookupEnv("GOGC"); !ok {
		debug.SetGCPercent(hostGCPercent)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := slog.New(slog.NewTextHandler(w.progress, &slog.HandlerOptions{Level: h.LogLevel}))
	network, err := media.NewUDP(h.RTP, firstBridgePort, lastBridgePort)
	if err != nil {
		return err
	}
	prompts := prompt.New(prompt.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: log})
	defer prompts.Close()
	b, err := bridge.New(bridge.Config{Network: network, Prompts: prompts, Log: log, MaxParticipants: maxBridgeParticipants, Wait: bridge.SleepUntil,
		Begin: func() { _ = bridge.Hurry() },
	})
	if err != nil {
		return err
	}
	defer b.Close()
	calls, err := sip.New(sip.Options{
		Bridge: b, Log: log, Account: h.Account, MaxCalls: maxBridgeCalls, ComfortNoise: true,
		Listen: []sip.Listener{{Addr: "udp:" + h.SIP}},
	})
	if err != nil {
		return err
	}
	defer calls.Close()
	seen := metrics.New(metrics.Options{Bridge: b, Log: log})
	control := api.New(api.Options{
		Bridge: b, Accounts: []api.Account{{SID: h.Account, Token: h.Token}}, RateLimit: api.DefaultRateLimit, Log: log, Observe: seen.Observe,
	})
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { _ = calls.Serve(ctx) })
	all.Go(func() { litter(ctx, int64(h.Garbage)) })
	for addr, handler := range map[string]http.Handler{h.Metrics: seen, h.HTTP: control} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		server := api.NewServer(handler, log)
		defer server.Close()
		all.Go(func() { _ = server.Serve(api.NewListener(l)) })
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
