#include "textflag.h"

// Words that are used in all sixteen places of a register.
DATA g711Words<>+0(SB)/2, $33       // mu-law's bias
DATA g711Words<>+2(SB)/2, $0x1FFF   // and its largest value
DATA g711Words<>+4(SB)/2, $2112     // 132·16: the exponent of 32 as a float32, over four bits
DATA g711Words<>+6(SB)/2, $2080     // 130·16: that of 8
DATA g711Words<>+8(SB)/2, $0x80
DATA g711Words<>+10(SB)/2, $0xFF
DATA g711Words<>+12(SB)/2, $0xD5
DATA g711Words<>+14(SB)/2, $15
DATA g711Words<>+16(SB)/2, $7
DATA g711Words<>+18(SB)/2, $0x8000  // as an index into a table: 0
DATA g711Words<>+20(SB)/2, $0x84
DATA g711Words<>+22(SB)/2, $0x55
DATA g711Words<>+24(SB)/2, $8
DATA g711Words<>+26(SB)/2, $1
GLOBL g711Words<>(SB), RODATA|NOPTR, $28

// What the segments of mu-law and of A-law are multiplied by.
DATA ulawGain<>+0(SB)/8, $0x8040201008040201
DATA ulawGain<>+8(SB)/8, $0
GLOBL ulawGain<>(SB), RODATA|NOPTR, $16
DATA alawGain<>+0(SB)/8, $0x4020100804020101
DATA alawGain<>+8(SB)/8, $0
GLOBL alawGain<>(SB), RODATA|NOPTR, $16

// FLOAT16 makes of sixteen words in x, through float32, exponent and upper four
// bits of the mantissa. y is lost, zero holds zeros.
#define FLOAT16(x, y, zero) \
	VPUNPCKLWD zero, x, y \
	VPUNPCKHWD zero, x, x \
	VCVTDQ2PS  y, y       \
	VCVTDQ2PS  x, x       \
	VPSRLD     $19, y, y  \
	VPSRLD     $19, x, x  \
	VPACKUSDW  x, y, x

// ULAW16 codes sixteen samples in x; y and s are lost.
#define ULAW16(x, y, s) \
	VPSRAW  $15, x, s   \
	VPXOR   s, x, x     \
	VPSRLW  $2, x, x    \
	VPADDW  Y14, x, x   \
	VPMINSW Y13, x, x   \
	FLOAT16(x, y, Y15)  \
	VPSUBW  Y12, x, x   \
	VPAND   Y11, s, s   \
	VPXOR   Y10, s, s   \
	VPXOR   s, x, x

// func encodeUlawAVX2(dst *byte, pcm *int16, n int)
TEXT ·encodeUlawAVX2(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         pcm+8(FP), SI
	MOVQ         n+16(FP), CX
	VPXOR        Y15, Y15, Y15
	VPBROADCASTW g711Words<>+0(SB), Y14
	VPBROADCASTW g711Words<>+2(SB), Y13
	VPBROADCASTW g711Words<>+4(SB), Y12
	VPBROADCASTW g711Words<>+8(SB), Y11
	VPBROADCASTW g711Words<>+10(SB), Y10

ulaw:
	VMOVDQU   (SI), Y0
	VMOVDQU   32(SI), Y1
	ULAW16(Y0, Y2, Y3)
	ULAW16(Y1, Y4, Y5)
	VPACKUSWB Y1, Y0, Y0
	VPERMQ    $0xD8, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $64, SI
	ADDQ      $32, DI
	SUBQ      $32, CX
	JNE       ulaw
	VZEROUPPER
	RET

// ALAW16 codes sixteen samples in x; y, z and s are lost.
#define ALAW16(x, y, z, s) \
	VPSRAW    $15, x, s     \
	VPXOR     s, x, x       \
	VPSRLW    $4, x, x      \
	VMOVDQA   x, z          \
	FLOAT16(x, y, Y15)      \
	VPSUBW    Y12, x, x     \
	VPCMPGTW  Y13, z, y     \
	VPBLENDVB y, x, z, x    \
	VPAND     Y11, s, s     \
	VPXOR     Y10, s, s     \
	VPXOR     s, x, x

// func encodeAlawAVX2(dst *byte, pcm *int16, n int)
TEXT ·encodeAlawAVX2(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         pcm+8(FP), SI
	MOVQ         n+16(FP), CX
	VPXOR        Y15, Y15, Y15
	VPBROADCASTW g711Words<>+14(SB), Y13
	VPBROADCASTW g711Words<>+6(SB), Y12
	VPBROADCASTW g711Words<>+8(SB), Y11
	VPBROADCASTW g711Words<>+12(SB), Y10

alaw:
	VMOVDQU   (SI), Y0
	VMOVDQU   32(SI), Y1
	ALAW16(Y0, Y2, Y3, Y4)
	ALAW16(Y1, Y5, Y6, Y7)
	VPACKUSWB Y1, Y0, Y0
	VPERMQ    $0xD8, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $64, SI
	ADDQ      $32, DI
	SUBQ      $32, CX
	JNE       alaw
	VZEROUPPER
	RET

// func decodeUlawAVX2(dst *int16, payload *byte, n int)
TEXT ·decodeUlawAVX2(SB), NOSPLIT, $0-24
	MOVQ           dst+0(FP), DI
	MOVQ           payload+8(FP), SI
	MOVQ           n+16(FP), CX
	VBROADCASTI128 ulawGain<>(SB), Y15
	VPBROADCASTW   g711Words<>+10(SB), Y14
	VPBROADCASTW   g711Words<>+14(SB), Y13
	VPBROADCASTW   g711Words<>+20(SB), Y12
	VPBROADCASTW   g711Words<>+16(SB), Y11
	VPBROADCASTW   g711Words<>+18(SB), Y10

ulaw:
	VPMOVZXBW (SI), Y0
	VPXOR     Y14, Y0, Y0
	VPAND     Y13, Y0, Y1
	VPSLLW    $3, Y1, Y1
	VPADDW    Y12, Y1, Y1
	VPSRLW    $4, Y0, Y2
	VPAND     Y11, Y2, Y2
	VPOR      Y10, Y2, Y2
	VPSHUFB   Y2, Y15, Y2
	VPMULLW   Y2, Y1, Y1
	VPSUBW    Y12, Y1, Y1
	VPSLLW    $8, Y0, Y0
	VPSRAW    $15, Y0, Y0
	VPXOR     Y0, Y1, Y1
	VPSUBW    Y0, Y1, Y1
	VMOVDQU   Y1, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNE       ulaw
	VZEROUPPER
	RET

// func decodeAlawAVX2(dst *int16, payload *byte, n int)
TEXT ·decodeAlawAVX2(SB), NOSPLIT, $0-24
	MOVQ           dst+0(FP), DI
	MOVQ           payload+8(FP), SI
	MOVQ           n+16(FP), CX
	VBROADCASTI128 alawGain<>(SB), Y15
	VPBROADCASTW   g711Words<>+22(SB), Y14
	VPBROADCASTW   g711Words<>+14(SB), Y13
	VPBROADCASTW   g711Words<>+24(SB), Y12
	VPBROADCASTW   g711Words<>+16(SB), Y11
	VPBROADCASTW   g711Words<>+18(SB), Y10
	VPBROADCASTW   g711Words<>+26(SB), Y9
	VPXOR          Y8, Y8, Y8

alaw:
	VPMOVZXBW (SI), Y0
	VPXOR     Y14, Y0, Y0
	VPAND     Y13, Y0, Y1
	VPSLLW    $4, Y1, Y1
	VPADDW    Y12, Y1, Y1
	VPSRLW    $4, Y0, Y2
	VPAND     Y11, Y2, Y2
	VPMINSW   Y9, Y2, Y3
	VPSLLW    $8, Y3, Y3
	VPADDW    Y3, Y1, Y1
	VPOR      Y10, Y2, Y2
	VPSHUFB   Y2, Y15, Y2
	VPMULLW   Y2, Y1, Y1
	VPSLLW    $8, Y0, Y0
	VPSRAW    $15, Y0, Y0
	VPCMPEQW  Y8, Y0, Y0
	VPXOR     Y0, Y1, Y1
	VPSUBW    Y0, Y1, Y1
	VMOVDQU   Y1, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNE       alaw
	VZEROUPPER
	RET
