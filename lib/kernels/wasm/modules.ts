/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "fdab25da3789eeee21842f171fecef9af74e596b2711293b230f67484ce73fa5",
  shared: "c7b8610f735607fad51c8bc5534261c79375e8083f03afab08e722a6a712c811",
} as const;
