// atan2f and asinf as glibc has them up to 2.40, linked into each file of a package
// (scripts/packaging/libraries). From 2.41 on glibc rounds them correctly, which changes head pose
// and gaze in the last bits and with them every table. Of single precision auriga calls no other
// function that has changed, and those of double precision that matter are its own
// (src/base/same_math.hpp). The functions called here are those of the root's libm.a.
float __ieee754_atan2f(float y, float x);
float __ieee754_asinf(float x);

float atan2f(float y, float x) { return __ieee754_atan2f(y, x); }
float asinf(float x) { return __ieee754_asinf(x); }
