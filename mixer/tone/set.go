package tone

// Set holds tones to tell voices apart by, the best separated first. They lie
// 90 Hz or more apart on whole hertz, in no arithmetic progression. No
// harmonic, sum, difference or third-order product of any of them (2f, 3f,
// f±g, 2f±g), folded at 4 kHz, comes nearer than 16 Hz to another one, so
// that distortion is not mistaken for a voice.
var Set = [...]int{
	983, 1496, 2208, 342, 2739, 1177, 1901,
	3174, 1730, 2370, 1294, 2567, 2109, 2972,
}
