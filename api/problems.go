package api

import (
	"fmt"
	"net/http"
	"strings"
)

// The refusals of the API itself. Codes are the vendors' published ones.

func notFoundProblem() *problem {
	return &problem{status: http.StatusNotFound, code: "10005", title: "Resource not found", twilio: 20404,
		detail: "Resource not found"}
}

func unauthenticatedProblem() *problem {
	return &problem{status: http.StatusUnauthorized, code: "10009", title: "Authentication failed", twilio: 20003,
		detail: "Authenticate with a Bearer token, or with Basic credentials: the account SID and its token"}
}

func crossOriginProblem() *problem {
	return &problem{status: http.StatusForbidden, code: "10010", title: "Authorization failed", twilio: 20403,
		detail: "A web page of another origin may not change anything here"}
}

func methodProblem() *problem {
	return &problem{status: http.StatusMethodNotAllowed, code: "10030", title: "Method not allowed", twilio: 20004,
		detail: "The resource does not have this method"}
}

func tooManyProblem() *problem {
	return &problem{status: http.StatusTooManyRequests, code: "10011", title: "Too many requests", twilio: 20429,
		detail: "The account makes too many requests", retryAfter: 1}
}

func internalProblem() *problem {
	return &problem{status: http.StatusInternalServerError, code: "10007", title: "Unexpected error", twilio: 20500,
		detail: "Unexpected error"}
}

// badRequestProblem is about a request whose parameters could not be read.
func badRequestProblem(detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: "10015", title: "Bad Request", twilio: 20001,
		detail: detail}
}

func badJSONProblem() *problem {
	return &problem{status: http.StatusBadRequest, code: "10023", title: "Invalid JSON", twilio: 20001,
		detail: "The body is not a JSON object"}
}

func undecodableProblem(detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: "10028", title: "Undecodable request", twilio: 20001,
		detail: detail}
}

func tooLongProblem() *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "10015", title: "Bad Request", twilio: 20001,
		detail: fmt.Sprintf("The body must have at most %d bytes", maxBody)}
}

func mediaTypeProblem(detail string) *problem {
	return &problem{status: http.StatusUnsupportedMediaType, code: "10024", title: "Unsupported Media Type", twilio: 20001,
		detail: detail}
}

// valueProblem is about the value of one parameter.
func valueProblem(name, must string) *problem {
	return &problem{status: http.StatusBadRequest, code: "10015", title: "Bad Request", twilio: 20001,
		detail: name + " " + must, param: name}
}

// wordProblem is about a parameter that takes only certain words.
func wordProblem(name string, words []string) *problem {
	return &problem{status: http.StatusBadRequest, code: "10032", title: "Value outside of the allowed ones", twilio: 20001,
		detail: name + " must be one of " + strings.Join(words, ", "), param: name}
}

// httpMethodProblem is about a parameter that names an HTTP method.
func httpMethodProblem(name string) *problem {
	return &problem{status: http.StatusBadRequest, code: "10032", title: "Value outside of the allowed ones", twilio: 21209,
		detail: name + " must be GET or POST", param: name}
}

// rangeProblem is about a parameter that takes a whole number within bounds.
func rangeProblem(name string, low, high int) *problem {
	return &problem{status: http.StatusBadRequest, code: "10033", title: "Value outside of the allowed range", twilio: 20001,
		detail: fmt.Sprintf("%s must be a whole number from %d to %d", name, low, high), param: name}
}

// urlProblem is about a parameter that is a URL. Telnyx documents its code
// with 422.
func urlProblem(name, must string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, code: "10003", title: "Invalid URL", twilio: 21205,
		detail: name + " " + must, param: name, twilioStatus: http.StatusBadRequest}
}

// coacheeProblem is about whom to coach.
func coacheeProblem(detail string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, code: "10027", title: "Unprocessable Entity", twilio: 16028,
		detail: detail, param: "CallSidToCoach"}
}
