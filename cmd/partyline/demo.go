package main

import "errors"

type demoCmd struct {
	Out string `name:"out" env:"-" type:"path" placeholder:"DIR" help:"Where the recordings and the picture go. (a new folder)"`
}

func (c *demoCmd) Run() error { return errors.New("later") }
