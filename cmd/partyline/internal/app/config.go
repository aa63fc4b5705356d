package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"partyline/api"
	"partyline/sip"
)

// Config is every setting of the bridge. Flags (kong), PARTYLINE_* variables
// and the keys of the configuration file (yaml) are this one struct.
type Config struct {
	SIP             []Listen      `yaml:"sip" name:"sip" default:"udp:127.0.0.1:5060" placeholder:"TRANSPORT:IP:PORT" help:"Where calls come in; with ;srtp=off, optional or required behind it. Repeatable. (${default})"`
	HTTP            string        `yaml:"http" name:"http" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the control API listens. (${default})"`
	RTP             PortRange     `yaml:"rtp" name:"rtp" default:"127.0.0.1:20000-29999" placeholder:"IP:FIRST-LAST" help:"Address and ports of the audio. (${default})"`
	Advertise       netip.Addr    `yaml:"advertise" placeholder:"IP" help:"The address phones are told to send to, when it is not the one listened on."`
	Accounts        []Account     `yaml:"accounts" name:"account" sep:"none" placeholder:"SID:TOKEN" help:"An account of the control API. Repeatable; calls belong to the first. Without one, an account is made up."`
	Codecs          []string      `yaml:"codecs" default:"opus,g722,pcmu,pcma,l16" placeholder:"CODEC,..." help:"The codecs that may be spoken, the best first. (${default})"`
	CodecOrder      string        `yaml:"codec_order" default:"caller" placeholder:"caller|own" help:"Whose order picks the codec of a call. (${default})"`
	ComfortNoise    bool          `yaml:"comfort_noise" default:"true" negatable:"" help:"Pause for silence with phones that offer comfort noise. (${default})"`
	MaxRate         int           `yaml:"max_rate" default:"48000" placeholder:"8000|16000|48000" help:"The highest rate a conference is mixed at, in Hz. (${default})"`
	ClampDTMF       bool          `yaml:"clamp_dtmf" name:"clamp-dtmf" default:"false" negatable:"" help:"Keep the tones of digits that come as audio from the conference. (${default})"`
	RTPSource       string        `yaml:"rtp_source" name:"rtp-source" default:"sdp" placeholder:"sdp|probation|off" help:"Whether audio may come from another address than SDP names: of a private one (sdp), any (probation), or never (off). (${default})"`
	Fetch           Fetch         `yaml:"fetch" embed:"" prefix:"fetch-"`
	Metrics         Metrics       `yaml:"metrics" embed:"" prefix:"metrics-"`
	Log             Log           `yaml:"log" embed:"" prefix:"log-"`
	MaxCalls        int           `yaml:"max_calls" default:"5000" placeholder:"N" help:"Calls at a time; more are answered 503. (${default})"`
	MaxParticipants int           `yaml:"max_participants" default:"250" placeholder:"N" help:"Participants per conference. (${default})"`
	MinToStart      int           `yaml:"min_to_start" default:"1" placeholder:"N" help:"Participants that must be there before a conference starts; 2 is what Twilio does. (${default})"`
	RTPTimeout      time.Duration `yaml:"rtp_timeout" name:"rtp-timeout" default:"60s" placeholder:"DURATION" help:"Hang up a phone that has sent no audio for so long and is not on hold; 0 never does. (${default})"`
	MaxAge          time.Duration `yaml:"max_age" default:"0s" placeholder:"DURATION" help:"End a conference so long after its creation; 0 never does. (${default})"`
	AnnounceMode    string        `yaml:"announce_mode" default:"mix" placeholder:"mix|replace" help:"Whether the conference is heard under a participant's announcement. (${default})"`
	Admission       []sip.Rule    `yaml:"admission" kong:"-"`

	// Logger takes the log; nil discards it.
	Logger *slog.Logger `yaml:"-" kong:"-"`
	// Version is what /healthz says is running.
	Version string `yaml:"-" kong:"-"`
}

// Loopback returns the default settings, but on free ports of loopback: for
// tests and the demo.
func Loopback() Config {
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return Config{
		SIP:             []Listen{{At: Address{"udp", netip.AddrPortFrom(ip, 0)}}},
		HTTP:            "127.0.0.1:0",
		RTP:             PortRange{ip, 20000, 29999},
		Codecs:          []string{"opus", "g722", "pcmu", "pcma", "l16"},
		CodecOrder:      "caller",
		ComfortNoise:    true,
		MaxRate:         48000,
		RTPSource:       "sdp",
		Metrics:         Metrics{Participants: 250},
		MaxCalls:        5000,
		MaxParticipants: 250,
		MinToStart:      1,
		RTPTimeout:      time.Minute,
		AnnounceMode:    "mix",
	}
}

// Fetch says what may be fetched for HoldUrl, AnnounceUrl and WaitUrl.
type Fetch struct {
	Allow []netip.Prefix `yaml:"allow" placeholder:"CIDR" help:"A non-public network that audio may be fetched from. Repeatable."`
}

// Metrics says who may read the metrics, in the text format of Prometheus, and
// how many there are.
type Metrics struct {
	Listen       string `yaml:"listen" placeholder:"HOST:PORT" help:"Where /metrics is served, for Prometheus; nowhere without it."`
	Token        string `yaml:"token" placeholder:"TOKEN" help:"The Bearer token that is asked for there. Other than loopback needs one."`
	Participants int    `yaml:"participants" default:"250" placeholder:"N" help:"Participants that have series of their own; the others are in the totals. (${default})"`
}

// Log says what is logged.
type Log struct {
	Level slog.Level `yaml:"level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error. (${default})"`
}

// Check returns an error that names each setting that cannot work, by its key
// in the configuration file, and says what to write instead.
func (c *Config) Check() error {
	return errors.Join(
		c.checkSIP(),
		c.checkAddresses(),
		c.checkAccounts(),
		c.checkAudio(),
		c.checkMetrics(),
		c.checkLimits(),
		c.checkAdmission(),
	)
}

func (c *Config) checkSIP() error {
	if len(c.SIP) == 0 {
		return errors.New("sip: nowhere to take calls; write at least one address such as udp:127.0.0.1:5060")
	}
	seen := map[Address]bool{}
	for _, l := range c.SIP {
		if err := l.check(); err != nil {
			return fmt.Errorf("sip: %w", err)
		}
		if seen[l.At] && l.At.Port() != 0 {
			return fmt.Errorf("sip: %s is listed twice; remove one", l.At)
		}
		seen[l.At] = true
	}
	return nil
}

// checkAddresses finds the combinations that would give phones an address
// they cannot send to.
func (c *Config) checkAddresses() error {
	if err := c.checkReach(); err != nil {
		return err
	}
	if c.Advertise.IsValid() {
		if c.Advertise.IsUnspecified() || c.Advertise.IsMulticast() {
			return fmt.Errorf("advertise: %s is not an address a phone can send to; write the address this machine is reached at", c.Advertise)
		}
		return nil
	}
	if c.RTP.Addr.IsUnspecified() {
		return fmt.Errorf("rtp: %s is every address of this machine, and phones must be told one; name one, or set advertise", c.RTP.Addr)
	}
	return nil
}

// checkReach finds calls from elsewhere whose audio would have to come to
// loopback: they would be answered, and silent.
func (c *Config) checkReach() error {
	if !c.RTP.Addr.Unmap().IsLoopback() {
		return nil
	}
	for _, l := range c.SIP {
		if !l.At.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("rtp: %s is reached from this machine only, and sip %s from elsewhere too; "+
				"write the address of this machine that phones can send to", c.RTP, l.At)
		}
	}
	return nil
}

// checkAccounts leaves the judging to package api, and adds the key.
func (c *Config) checkAccounts() error {
	accounts := apiAccounts(c.Accounts)
	if err := api.CheckAccounts(accounts); err != nil {
		return fmt.Errorf("accounts: %s", strings.TrimPrefix(err.Error(), "api: "))
	}
	if err := api.CheckListen(c.HTTP, accounts); err != nil {
		return fmt.Errorf("http: %s", strings.TrimPrefix(err.Error(), "api: "))
	}
	return nil
}

func (c *Config) checkLimits() error {
	if c.MaxCalls < 1 {
		return fmt.Errorf("max_calls: %d; write 1 or more", c.MaxCalls)
	}
	if c.MaxParticipants < 2 {
		return fmt.Errorf("max_participants: %d; write 2 or more", c.MaxParticipants)
	}
	if c.MinToStart < 1 || c.MinToStart > c.MaxParticipants {
		return fmt.Errorf("min_to_start: %d; write 1 to max_participants", c.MinToStart)
	}
	if c.RTPTimeout < 0 || c.RTPTimeout > 0 && c.RTPTimeout < time.Second {
		return fmt.Errorf("rtp_timeout: %s; write 1s or more, or 0 to wait for ever", c.RTPTimeout)
	}
	if c.MaxAge < 0 || c.MaxAge > 0 && c.MaxAge < time.Minute {
		return fmt.Errorf("max_age: %s; write 1m or more, or 0 to let conferences last", c.MaxAge)
	}
	if c.AnnounceMode != "mix" && c.AnnounceMode != "replace" {
		return fmt.Errorf("announce_mode: %q; write mix or replace", c.AnnounceMode)
	}
	return nil
}

// checkAdmission leaves the judging of rules to package sip, and adds that the
// accounts they name are there.
func (c *Config) checkAdmission() error {
	if err := sip.ValidateRules(c.Admission); err != nil {
		return fmt.Errorf("admission: %w", err)
	}
	for i, r := range c.Admission {
		known := func(a Account) bool { return a.SID == r.Account }
		if r.Account != "" && !slices.ContainsFunc(c.Accounts, known) {
			return fmt.Errorf("admission: rule %d: account: %q is not one of accounts; add it there", i, r.Account)
		}
	}
	return nil
}
