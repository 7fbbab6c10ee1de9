/** CRC-32C (Castagnoli), as storage formats use it. */

/** 0x1EDC6F41 with its bits in reverse order, for a register that shifts to the right. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let register = byte;
  for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? POLYNOMIAL : 0);
  return register;
});

/** Unsigned 32-bit. @see https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 for values to compare with. */
export function crc32c(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) register = TABLE[(register ^ byte) & 0xff]! ^ (register >>> 8);
  return (register ^ 0xffffffff) >>> 0;
}
