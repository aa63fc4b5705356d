package main

import (
	"fmt"
	"os"
	"reflect"
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
	f := filler{given: given(ctx)}
	if err := f.fill(reflect.ValueOf(cfg).Elem(), doc.Content[0], ""); err != nil {
		return fmt.Errorf("%s: %w", path, err)
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

// filler decodes YAML into settings. Its errors name the line and the whole
// key, and say what to write.
type filler struct {
	given map[any]bool // addresses of the settings to leave alone
}

// fill decodes the value of a key. A null changes nothing.
func (f filler) fill(dst reflect.Value, node *yaml.Node, key string) error {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if f.given[dst.Addr().Interface()] {
		dst = reflect.New(dst.Type()).Elem() // is checked all the same
	}
	switch {
	case node.Tag == "!!null":
		return nil
	case node.Kind == yaml.MappingNode && hasKeys(dst.Type()):
		return f.fillKeys(dst, node, key)
	case node.Kind == yaml.SequenceNode && dst.Kind() == reflect.Slice:
		return f.fillList(dst, node, key)
	}
	if err := node.Decode(dst.Addr().Interface()); err != nil {
		return mistake(node, key, dst.Type(), err)
	}
	return nil
}

// fillKeys decodes the values of a mapping into the fields of a struct that
// bear their names.
func (f filler) fillKeys(dst reflect.Value, node *yaml.Node, key string) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		field, known := fieldOf(dst, name.Value)
		switch {
		case !known:
			return fmt.Errorf("line %d: unknown key %q", name.Line, below(key, name.Value))
		case seen[name.Value]:
			return fmt.Errorf("line %d: key %q is there twice; remove one", name.Line, below(key, name.Value))
		}
		seen[name.Value] = true
		if err := f.fill(field, value, below(key, name.Value)); err != nil {
			return err
		}
	}
	return nil
}

// fillList replaces a list.
func (f filler) fillList(dst reflect.Value, node *yaml.Node, key string) error {
	list := reflect.MakeSlice(dst.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		if err := f.fill(list.Index(i), item, key); err != nil {
			return err
		}
	}
	dst.Set(list)
	return nil
}

// below is the key of what a group holds under a name.
func below(group, name string) string { return strings.TrimPrefix(group+"."+name, ".") }

// fieldOf returns the field of a struct that is called key in YAML.
func fieldOf(dst reflect.Value, key string) (reflect.Value, bool) {
	for i := range dst.NumField() {
		if tag := dst.Type().Field(i).Tag.Get("yaml"); tag == key && tag != "-" && tag != "" {
			return dst.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// hasKeys reports whether a type is written as a mapping.
func hasKeys(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("yaml") != ""
}
