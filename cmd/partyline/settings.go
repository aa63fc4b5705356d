package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"partyline/cmd/partyline/internal/app"
)

// loadFile reads the configuration file at path and puts what it says into
// every setting that neither a flag nor a variable gave. Settings the file
// leaves out keep their values. A key that is no setting is an error.
func loadFile(path string, ctx *kong.Context, cfg *app.Config) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %s", path, plain(err))
	}
	if len(doc.Content) == 0 {
		return nil // nothing but comments
	}
	if err := fill(reflect.ValueOf(cfg).Elem(), doc.Content[0], given(ctx)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	strict := yaml.NewDecoder(bytes.NewReader(data))
	strict.KnownFields(true)
	if err := strict.Decode(new(app.Config)); err != nil {
		return fmt.Errorf("%s: %s", path, plain(err))
	}
	return nil
}

// given returns the addresses of the settings that a flag on the command line
// or an environment variable has set.
func given(ctx *kong.Context) map[any]bool {
	set := map[any]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			set[p.Flag.Target.Addr().Interface()] = true
		}
	}
	for _, f := range ctx.Flags() {
		for _, name := range f.Envs {
			if _, ok := os.LookupEnv(name); ok {
				set[f.Target.Addr().Interface()] = true
			}
		}
	}
	return set
}

// fill decodes the children of a YAML mapping into the fields of a struct that
// bear their names, apart from those in set.
func fill(dst reflect.Value, node *yaml.Node, set map[any]bool) error {
	for i := range dst.NumField() {
		key := dst.Type().Field(i).Tag.Get("yaml")
		value := child(node, key)
		if value == nil {
			continue
		}
		field := dst.Field(i).Addr().Interface()
		switch {
		case set[field]:
		case dst.Type().Field(i).Tag.Get("prefix") != "":
			if err := fill(dst.Field(i), value, set); err != nil {
				return err
			}
		default:
			if err := value.Decode(field); err != nil {
				return fmt.Errorf("line %d: %s: %s", value.Line, key, place.ReplaceAllString(plain(err), ""))
			}
		}
	}
	return nil
}

// child returns the value of a key in a YAML mapping, nil when there is none.
func child(node *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

var (
	unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)
	place      = regexp.MustCompile(`line \d+: `)
)

// plain turns an error of the YAML decoder into words for the person who wrote
// the file: one line, and no Go types for unknown keys.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	text = unknownKey.ReplaceAllString(text, `unknown key "$1"`)
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}
