package demo

const pictureName = "demo.png"

func writePicture(path string, films []film, outcomes []outcome) error { return nil }
