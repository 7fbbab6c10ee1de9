/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "c6498787bf366f06030587f3355888056c697c824f2ab4e5f730f341e3de3c3b",
  shared: "d0f86f4b90341729db9b77157494814bdb68d95471da1c56d8943e61123f947e",
} as const;
