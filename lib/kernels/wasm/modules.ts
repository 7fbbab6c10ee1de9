/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "ea250564b35bdb64bd71f8106552e48379c1dbc884b050e66d29668507377b2a",
  shared: "ba7fc549d2d48c4ff547cd6cb6edd3c143c565a3f55a4c89ebc3e4c0c8860dda",
} as const;
