package main

import (
	"context"
	"errors"
	"os/signal"
	"syscall"

	"partyline/cmd/partyline/internal/demo"
)

type demoCmd struct {
	Out string `name:"out" env:"-" type:"path" placeholder:"DIR" help:"Where the recordings and the picture go. (a new folder)"`
}

// Run gives the demonstration. A measurement that differs from what was
// expected is an error, as is an interruption.
func (c *demoCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ok, err := demo.Run(ctx, c.Out, s.out)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("demo: not everything was heard as expected")
	}
	return nil
}
