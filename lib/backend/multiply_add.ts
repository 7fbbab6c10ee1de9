/** Whether this processor rounds once or twice in a * b + c: WebAssembly leaves that open, and kernels make use of it. */

/**
 * `(func (export "f") (param f32 f32 f32) (result f32))`: lane 0 of `f32x4.relaxed_madd` of the three.
 * @see https://github.com/WebAssembly/relaxed-simd
 */
// deno-fmt-ignore
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,             // magic, version
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d, // a type: three f32 to one
  0x03, 0x02, 0x01, 0x00,                                     // a function of that type
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,                   // exported as "f"
  0x0a, 0x16, 0x01, 0x14, 0x00,                               // its body
  0x20, 0x00, 0xfd, 0x13,                                     // local.get 0, f32x4.splat
  0x20, 0x01, 0xfd, 0x13,
  0x20, 0x02, 0xfd, 0x13,
  0xfd, 0x85, 0x02,                                           // f32x4.relaxed_madd
  0xfd, 0x1f, 0x00,                                           // f32x4.extract_lane 0
  0x0b,
);

/** `fused`: rounded once. */
export type MultiplyAdd = "fused" | "rounded twice" | "not there";

/** How V8 compiles `relaxed_madd` in this process. */
export function multiplyAdd(): MultiplyAdd {
  if (!WebAssembly.validate(MODULE)) return "not there";
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(MODULE)).exports;
  // The square of 1 + 2^-12 is 1 + 2^-11 + 2^-24, whose last term is lost where the product is rounded by itself.
  const a = 1 + 2 ** -12;
  return (f as (a: number, b: number, c: number) => number)(a, a, -(1 + 2 ** -11)) === 0
    ? "rounded twice"
    : "fused";
}
