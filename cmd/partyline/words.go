package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"partyline/cmd/partyline/internal/app"
	"partyline/sip"
)

// wanted says what is to be written for a setting of some type.
var wanted = map[reflect.Type]string{
	reflect.TypeFor[app.Config]():     "keys and values, such as http: 127.0.0.1:8080",
	reflect.TypeFor[app.Fetch]():      "keys below it, such as allow: [10.20.0.0/16]",
	reflect.TypeFor[app.Log]():        "keys below it, such as level: info",
	reflect.TypeFor[app.Metrics]():    "keys below it, such as listen: 127.0.0.1:9464",
	reflect.TypeFor[[]app.Listen]():   "a list such as [udp:127.0.0.1:5060]",
	reflect.TypeFor[app.Listen]():     "an address such as udp:127.0.0.1:5060, or listen and srtp",
	reflect.TypeFor[app.Address]():    "an address such as udp:127.0.0.1:5060",
	reflect.TypeFor[[]string]():       "a list such as [opus, pcmu]",
	reflect.TypeFor[[]app.Account]():  "a list of accounts with sid and token",
	reflect.TypeFor[app.Account]():    "sid and token",
	reflect.TypeFor[[]sip.Rule]():     "a list of rules",
	reflect.TypeFor[sip.Rule]():       "the conditions and effects of a rule, such as user: 'sales-*'",
	reflect.TypeFor[[]netip.Prefix](): "a list of networks such as [10.20.0.0/16]",
	reflect.TypeFor[netip.Prefix]():   "a network such as 10.20.0.0/16",
	reflect.TypeFor[netip.Addr]():     "an IP address such as 203.0.113.7",
	reflect.TypeFor[time.Duration]():  "a duration such as 90s or 4h",
	reflect.TypeFor[slog.Level]():     "debug, info, warn or error",
	reflect.TypeFor[int]():            "a whole number",
	reflect.TypeFor[bool]():           "true or false",
	reflect.TypeFor[*bool]():          "true or false",
	reflect.TypeFor[string]():         "one value",
	reflect.TypeFor[*string]():        "one value",
}

// mistake words what is wrong with the value of a key. An error that itself
// says what to write is left as it is.
func mistake(node *yaml.Node, key string, t reflect.Type, err error) error {
	words := "write " + wanted[t]
	switch {
	case strings.Contains(err.Error(), "; write "):
		words = plain(err)
	case node.Kind == yaml.ScalarNode && t.Kind() != reflect.Slice: // which may be one of tokens
		words = fmt.Sprintf("%q does not fit; %s", node.Value, words)
	}
	if key != "" {
		words = key + ": " + words
	}
	return fmt.Errorf("line %d: %s", node.Line, words)
}

// plain takes out of an error of the YAML reader what is of no use to the
// person who wrote the file, and adds what is.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.Contains(text, "cannot start any token") {
		text += "; indent with spaces, not tabs, and quote text that begins with @, ` or %"
	}
	return text
}

// worded are the types of flags whose own errors would not say what to write.
var worded = []reflect.Type{
	reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[slog.Level](), reflect.TypeFor[time.Duration](),
}

// wordedMappers lets flags of these types fail in words.
func wordedMappers() []kong.Option {
	var all []kong.Option
	for _, t := range worded {
		all = append(all, kong.TypeMapper(t, kong.MapperFunc(decodeWorded)))
	}
	return all
}

// decodeWorded reads a flag's value as the configuration file would.
func decodeWorded(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("value", &text); err != nil {
		return err
	}
	node := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if err := node.Decode(target.Addr().Interface()); err != nil {
		return fmt.Errorf("%q does not fit; write %s", text, wanted[target.Type()])
	}
	return nil
}

// fromVariable is what kong adds about the variable a bad value came from.
var fromVariable = regexp.MustCompile(`(?s) \(from envar (\w+)=.*\)$`)

// flagMistake words an error of the command line, without the values of
// variables: one of them may be a token.
func flagMistake(err error) string {
	return fromVariable.ReplaceAllString(err.Error(), " (from $$$1)")
}
