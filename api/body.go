package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	// maxBody is the longest request body in bytes.
	maxBody = 64 << 10
	// maxParams is how many parameters, known or not, a request may carry.
	maxParams = 200
)

// params are the parameters of a form, a query or a JSON object, by their
// names in lower case. Of a repeated name the last value is there.
type params map[string]param

// param is one value as text: booleans and numbers of JSON as they are spelt
// there.
type param struct {
	text string
	// compound marks a JSON array or object, which no known parameter is.
	compound bool
}

// readParams reads the body of a request, a form or a JSON object. A body of
// no declared type is taken for a form. An empty body has no parameters,
// whatever its type.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	body, err := readBody(w, r)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	kind, err := bodyType(r.Header)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, undecodableProblem("The body is not UTF-8")
	}
	if kind == jsonType {
		return parseJSON(body)
	}
	return parseForm(string(body))
}

// readBody reads at most maxBody bytes.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, tooLongProblem()
	case err != nil:
		return nil, badRequestProblem("The body could not be read")
	}
	return body, nil
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// bodyType returns formType or jsonType, or a 415 for what is neither, coded
// or in another charset.
func bodyType(h http.Header) (string, error) {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return "", mediaTypeProblem("The body must not have a Content-Encoding")
	}
	declared := h.Get("Content-Type")
	if declared == "" {
		return formType, nil
	}
	kind, attributes, err := mime.ParseMediaType(declared)
	if err != nil || kind != formType && kind != jsonType {
		return "", mediaTypeProblem("The body must be " + formType + " or " + jsonType)
	}
	switch strings.ToLower(attributes["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return kind, nil
	}
	return "", mediaTypeProblem("The charset must be UTF-8")
}

// parseForm reads an urlencoded form or query. A semicolon is a plain
// character, as WHATWG has it.
func parseForm(form string) (params, error) {
	p := params{}
	for n := 0; form != ""; n++ {
		if n == maxParams {
			return nil, badRequestProblem("There are too many parameters")
		}
		var field string
		field, form, _ = strings.Cut(form, "&")
		name, value, _ := strings.Cut(field, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		switch {
		case nameErr != nil || !utf8.ValidString(name):
			return nil, undecodableProblem("The name of a parameter is not percent-encoded UTF-8")
		case valueErr != nil || !utf8.ValidString(value):
			return nil, undecodableProblem(fmt.Sprintf("The value of %.64q is not percent-encoded UTF-8", name))
		}
		p[strings.ToLower(name)] = param{text: value}
	}
	return p, nil
}

// parseJSON reads one JSON object. A null counts as absent.
func parseJSON(body []byte) (params, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, badJSONProblem()
	}
	p := params{}
	for n := 0; d.More(); n++ {
		if n == maxParams {
			return nil, badRequestProblem("There are too many parameters")
		}
		name, err := d.Token()
		if err != nil {
			return nil, badJSONProblem()
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, badJSONProblem()
		}
		key := strings.ToLower(name.(string))
		if string(value) == "null" {
			delete(p, key)
			continue
		}
		p[key] = jsonParam(value)
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, badJSONProblem()
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badJSONProblem()
	}
	return p, nil
}

// jsonParam turns one valid JSON value other than null into a parameter.
func jsonParam(value json.RawMessage) param {
	switch value[0] {
	case '{', '[':
		return param{compound: true}
	case '"':
		var text string
		json.Unmarshal(value, &text)
		return param{text: text}
	}
	return param{text: string(value)}
}
