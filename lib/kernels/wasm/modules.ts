/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "bb4cfc249913b328058973816f9d54fd8fe0a140b33cb423d3842d6e3e98106d",
  shared: "72a4e37e29b8d7f332b92888c0114212d3792394aa7aa6d0833292577476c811",
} as const;
