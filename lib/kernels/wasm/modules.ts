/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "424630c8c54ae57ca9e79b01c4d9c8e6dd424018a7ac2ad24a89d836ab271ce7",
  shared: "6804046214dbee96c3b03c519b690914885a68864077a6706cc2efe0e939d338",
} as const;
